//! The reference: every type of the schema with its description, by subject.

use std::{collections::HashMap, fmt::Write as _};

use apollo_compiler::{
    ExecutableDocument, Name, Node, Schema,
    ast::{DirectiveList, EnumValueDefinition, FieldDefinition, InputValueDefinition, Type},
    schema::ExtendedType,
    validation::Valid,
};

use super::{
    links,
    markdown::{Article, Heading, Links, Section, description, plain},
    subjects::SUBJECTS,
};
use crate::http::page::escape;

/// A query of the documents.
pub struct Example<'a> {
    /// Where it stands.
    pub address: String,
    /// The heading above it.
    pub title: &'a str,
    /// Its text.
    pub query: &'a str,
}

/// At most so many examples are named for a type.
const EXAMPLES: usize = 4;

/// The page's text above the types.
const INTRODUCTION: &str = "Every type of the schema with its fields, by subject. The same as text is \
    [schema.graphql](/schema.graphql); `folkmoot schema` prints it. A type that ends in `!` is never null.";

/// Writes the reference. The examples are those that name a type.
pub fn reference(schema: &Valid<Schema>, examples: &[Example<'_>]) -> Article {
    let title = "Schema".to_owned();
    let introduction = Section { id: String::new(), title: title.clone(), text: plain(INTRODUCTION) };
    let summary = "Every type and field of the schema, by subject.".to_owned();
    let article = Article { title, summary, sections: vec![introduction], ..Article::default() };
    let mut writer = Writer { schema, examples: by_type(schema, examples), article };
    let html = writer.markdown(INTRODUCTION);
    let _ = write!(writer.article.html, "<h1>Schema</h1>{html}");
    writer.described(schema.schema_definition.description.as_ref());
    for subject in SUBJECTS {
        writer.subject(subject.name);
        for name in subject.types {
            if let Some(definition) = schema.types.get(*name) {
                writer.type_of(name, definition);
            }
        }
    }
    writer.article
}

/// The examples for each type, and for each field of a root as `Query.events`.
fn by_type<'a>(schema: &Valid<Schema>, examples: &'a [Example<'a>]) -> HashMap<String, Vec<&'a Example<'a>>> {
    let mut all: HashMap<String, Vec<&Example<'_>>> = HashMap::new();
    for example in examples {
        let Ok(document) = ExecutableDocument::parse_and_validate(schema, example.query, "query") else { continue };
        let mut names = Vec::new();
        for operation in document.operations.iter() {
            let root = &operation.selection_set.ty;
            names.extend(operation.root_fields(&document).map(|field| format!("{root}.{}", field.name)));
            for field in operation.all_fields(&document) {
                let arguments =
                    field.arguments.iter().filter_map(|given| field.definition.argument_by_name(&given.name));
                names.extend(arguments.map(|argument| argument.ty.inner_named_type().to_string()));
                names.push(field.definition.ty.inner_named_type().to_string());
            }
        }
        names.sort();
        names.dedup();
        for name in names {
            all.entry(name).or_default().push(example);
        }
    }
    all
}

struct Writer<'a> {
    schema: &'a Schema,
    examples: HashMap<String, Vec<&'a Example<'a>>>,
    article: Article,
}

impl Writer<'_> {
    fn markdown(&self, text: &str) -> String {
        let links = Links { target: &|url| Some(url.to_owned()), name: &|name| links::name(self.schema, name) };
        description(text, &links)
    }

    fn write(&mut self, html: &str) {
        self.article.html.push_str(html);
    }

    fn described(&mut self, text: Option<&Node<str>>) {
        let html = text.map(|text| self.markdown(text)).unwrap_or_default();
        self.write(&html);
    }

    /// Lets the search find what is at this anchor.
    fn index(&mut self, id: &str, text: Option<&Node<str>>) {
        let text = text.map(|text| plain(text)).unwrap_or_default();
        self.article.sections.push(Section { id: id.to_owned(), title: id.to_owned(), text });
    }

    fn subject(&mut self, name: &str) {
        let id = name.to_lowercase().replace(' ', "-");
        self.write(&format!("<h2 id=\"{id}\">{name}{}</h2>", anchor(&id)));
        self.article.headings.push(Heading { level: 2, id, title: name.to_owned() });
    }

    fn type_of(&mut self, name: &str, definition: &ExtendedType) {
        self.article.headings.push(Heading { level: 3, id: name.to_owned(), title: name.to_owned() });
        self.index(name, definition.description());
        let kind = kind(definition);
        self.write(&format!(
            "<section class=\"type\"><h3 id=\"{name}\"><span class=\"kind\">{kind}</span> {name}{}</h3>",
            anchor(name)
        ));
        self.described(definition.description());
        self.named_examples(name);
        self.write("<dl>");
        match definition {
            ExtendedType::Object(object) => object.fields.values().for_each(|field| self.field(name, field)),
            ExtendedType::Interface(interface) => interface.fields.values().for_each(|field| self.field(name, field)),
            ExtendedType::InputObject(input) => input.fields.values().for_each(|field| self.input(name, field)),
            ExtendedType::Enum(values) => values.values.values().for_each(|value| self.value(name, value)),
            ExtendedType::Union(_) | ExtendedType::Scalar(_) => {}
        }
        if self.article.html.ends_with("<dl>") {
            let without = self.article.html.len() - "<dl>".len();
            self.article.html.truncate(without);
        } else {
            self.write("</dl>");
        }
        self.relatives(definition);
        self.write("</section>\n");
    }

    /// What a type implements, and what it stands for.
    fn relatives(&mut self, definition: &ExtendedType) {
        let list = |names: Vec<&Name>| names.iter().map(|name| type_link(name)).collect::<Vec<_>>().join(", ");
        let html = match definition {
            ExtendedType::Object(object) if !object.implements_interfaces.is_empty() => {
                format!(
                    "<p class=\"also\">Implements {}.</p>",
                    list(object.implements_interfaces.iter().map(|of| &of.name).collect())
                )
            }
            ExtendedType::Union(union) => {
                format!("<p class=\"also\">One of {}.</p>", list(union.members.iter().map(|of| &of.name).collect()))
            }
            ExtendedType::Interface(interface) => {
                let is_one = |of: &&ExtendedType| {
                    of.as_object().is_some_and(|of| of.implements_interfaces.contains(&interface.name))
                };
                let names = self.schema.types.values().filter(is_one).map(ExtendedType::name).collect();
                format!("<p class=\"also\">Implemented by {}.</p>", list(names))
            }
            _ => return,
        };
        self.write(&html);
    }

    fn named_examples(&mut self, name: &str) {
        let Some(examples) = self.examples.get(name) else { return };
        let links = examples.iter().take(EXAMPLES);
        let links = links.map(|example| format!("<a href=\"{}\">{}</a>", example.address, escape(example.title)));
        let html = format!("<p class=\"also\">Examples: {}</p>", links.collect::<Vec<_>>().join(" · "));
        self.write(&html);
    }

    fn field(&mut self, of: &str, field: &FieldDefinition) {
        let id = format!("{of}.{}", field.name);
        self.index(&id, field.description.as_ref());
        self.open(&id, &field.name, &format!(": {}", type_html(&field.ty)));
        self.described(field.description.as_ref());
        self.deprecated(&field.directives);
        for argument in &field.arguments {
            self.argument(argument);
        }
        self.named_examples(&id);
        self.write("</dd></div>");
    }

    fn argument(&mut self, argument: &InputValueDefinition) {
        let html = format!(
            "<div class=\"argument\"><p><code>{}: {}</code></p>",
            argument.name,
            type_html(&argument.ty) + &default(argument)
        );
        self.write(&html);
        self.described(argument.description.as_ref());
        self.deprecated(&argument.directives);
        self.write("</div>");
    }

    fn input(&mut self, of: &str, field: &InputValueDefinition) {
        let id = format!("{of}.{}", field.name);
        self.index(&id, field.description.as_ref());
        self.open(&id, &field.name, &format!(": {}{}", type_html(&field.ty), default(field)));
        self.described(field.description.as_ref());
        self.deprecated(&field.directives);
        self.write("</dd></div>");
    }

    fn value(&mut self, of: &str, value: &EnumValueDefinition) {
        let id = format!("{of}.{}", value.value);
        self.index(&id, value.description.as_ref());
        self.open(&id, &value.value, "");
        self.described(value.description.as_ref());
        self.deprecated(&value.directives);
        self.write("</dd></div>");
    }

    fn open(&mut self, id: &str, name: &str, type_html: &str) {
        self.write(&format!("<div id=\"{id}\"><dt><code><a href=\"#{id}\">{name}</a>{type_html}</code></dt><dd>"));
    }

    fn deprecated(&mut self, directives: &DirectiveList) {
        let Some(deprecated) = directives.get("deprecated") else { return };
        let reason = deprecated.specified_argument_by_name("reason").and_then(|reason| reason.as_str());
        let html = self.markdown(&format!("**Deprecated.** {}", reason.unwrap_or_default()));
        self.write(&html);
    }
}

fn kind(definition: &ExtendedType) -> &'static str {
    match definition {
        ExtendedType::Scalar(_) => "scalar",
        ExtendedType::Object(_) => "type",
        ExtendedType::Interface(_) => "interface",
        ExtendedType::Union(_) => "union",
        ExtendedType::Enum(_) => "enum",
        ExtendedType::InputObject(_) => "input",
    }
}

fn anchor(id: &str) -> String {
    format!("<a class=\"anchor\" href=\"#{id}\" aria-label=\"Link to {id}\">#</a>")
}

fn default(value: &InputValueDefinition) -> String {
    value.default_value.as_ref().map(|value| format!(" = {}", escape(&value.to_string()))).unwrap_or_default()
}

/// A type, its name a link to where it is described: `[Talk!]!`.
fn type_html(of: &Type) -> String {
    let name = of.inner_named_type();
    of.to_string().replace(name.as_str(), &type_link(name))
}

fn type_link(name: &Name) -> String {
    let is_described = SUBJECTS.iter().any(|subject| subject.types.contains(&name.as_str()));
    if is_described { format!("<a href=\"#{name}\">{name}</a>") } else { name.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_of_the_schema_is_in_one_subject() {
        let definitions = crate::graphql::definitions(true, true);
        let names = definitions.schema().types.values().filter(|definition| !definition.is_built_in());
        let mut names: Vec<_> = names.map(|definition| definition.name().as_str()).collect();
        let mut grouped: Vec<_> = SUBJECTS.iter().flat_map(|subject| subject.types).copied().collect();
        names.sort_unstable();
        grouped.sort_unstable();
        assert_eq!(grouped, names, "src/http/docs/subjects.rs has each type once");
    }

    #[test]
    fn fields_arguments_values_and_defaults_are_described() {
        let sdl = "type Query { \"Finds *it*.\" find(\"How `Colour` is meant.\" by: Colour = RED, old: Int @deprecated(reason: \"Gone.\")): [Colour!]! }
            enum Colour { \"Warm.\" RED }";
        let schema = Schema::parse_and_validate(sdl, "test.graphql").unwrap();
        let mut writer = Writer { schema: &schema, examples: HashMap::new(), article: Article::default() };
        writer.type_of("Query", &schema.types["Query"]);
        writer.type_of("Colour", &schema.types["Colour"]);
        let html = writer.article.html;
        for part in [
            "<h3 id=\"Query\"><span class=\"kind\">type</span> Query<a",
            "<div id=\"Query.find\"><dt><code><a href=\"#Query.find\">find</a>: [Colour!]!</code></dt><dd><p>Finds <em>it</em>.</p>",
            "<code>by: Colour = RED</code>",
            "How <a href=\"/docs/schema#Colour\"><code>Colour</code></a> is meant.",
            "<strong>Deprecated.</strong> Gone.",
            "<div id=\"Colour.RED\">",
        ] {
            assert!(html.contains(part), "{part}\n{html}");
        }
        let ids: Vec<_> = writer.article.sections.iter().map(|section| section.id.as_str()).collect();
        assert_eq!(ids, ["Query", "Query.find", "Colour", "Colour.RED"]);
    }

    #[test]
    fn a_type_names_the_queries_that_use_it() {
        let definitions = crate::graphql::definitions(true, true);
        let query = "{ events(filter: { phase: [PAST] }) { nodes { venue { name } } } }";
        let examples = [Example { address: "/docs/queries#a".to_owned(), title: "A & B", query }];
        let html = reference(definitions.schema(), &examples).html;
        for name in ["Venue", "EventFilter", "Event", "EventConnection"] {
            let (_, part) = html.split_once(&format!("<h3 id=\"{name}\">")).unwrap();
            let (part, _) = part.split_once("<dl>").unwrap();
            assert!(part.contains("<a href=\"/docs/queries#a\">A &amp; B</a>"), "{name}: {part}");
        }
    }
}
