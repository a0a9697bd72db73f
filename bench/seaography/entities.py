#!/usr/bin/env python3
"""Writes src/entities.rs: the entities of the tables that visitors may read, as the database describes itself.

    entities.py postgres://…        after ../peers.sql; once a migration changes these tables
"""

import subprocess
import sys
from pathlib import Path

TYPES = {
    "boolean": "bool",
    "date": "Date",
    "double precision": "f64",
    "integer": "i32",
    "text": "String",
    "timestamp with time zone": "DateTimeWithTimeZone",
    "uuid": "Uuid",
}
KEYWORDS = {"abstract"}
COLUMNS = """SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns
    WHERE table_name IN (SELECT table_name FROM information_schema.role_table_grants WHERE grantee = 'visitor')
    ORDER BY table_name, ordinal_position"""
KEYS = """SELECT conrelid::regclass, attname, confrelid::regclass, contype
    FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = ANY(conkey) WHERE contype IN ('p', 'f')
    ORDER BY conrelid, attnum"""


def rows(url: str, sql: str) -> list[list[str]]:
    command = ["psql", url, "--quiet", "--no-align", "--tuples-only", "--field-separator", "\t", "--command", sql]
    read = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [line.split("\t") for line in read.splitlines()]


def camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def field(name: str, kind: str, nullable: str, is_key: bool) -> str:
    key = "#[sea_orm(primary_key, auto_increment = false)] " if is_key else ""
    text = '#[sea_orm(column_type = "Text")] ' if kind == "text" else ""
    rust = f"Option<{TYPES[kind]}>" if nullable == "YES" else TYPES[kind]
    return f"{key}{text}pub {'r#' if name in KEYWORDS else ''}{name}: {rust},"


def module(table: str, columns: list[list[str]], primary: set, foreign: list[tuple[str, str, str]]) -> str:
    """The module of a table. `foreign` are (table, column, other table)."""
    fields = [field(*column, (table, column[0]) in primary) for column in columns]
    one = [(other, column) for own, column, other in foreign if own == table]
    many = [own for own, _, other in foreign if other == table]
    # A table whose key is two references joins their tables.
    joins = {own for own, column, _ in foreign if (own, column) in primary}
    through = [(join, other) for join in many if join in joins for own, _, other in foreign if own == join and other != table]
    relations = [
        f'#[sea_orm(belongs_to = "super::{other}::Entity", from = "Column::{camel(column)}", '
        f'to = "super::{other}::Column::Id")] {camel(other)},'
        for other, column in one
    ] + [f'#[sea_orm(has_many = "super::{own}::Entity")] {camel(own)},' for own in many]
    direct = [other for other, _ in one] + many
    related = [
        f"impl Related<super::{other}::Entity> for Entity {{ fn to() -> RelationDef {{ Relation::{camel(other)}.def() }} }}"
        for other in direct
    ] + [
        f"impl Related<super::{other}::Entity> for Entity {{"
        f" fn to() -> RelationDef {{ super::{join}::Relation::{camel(other)}.def() }}"
        f" fn via() -> Option<RelationDef> {{ Some(super::{join}::Relation::{camel(table)}.def().rev()) }} }}"
        for join, other in through
    ]
    entities = [
        f'#[sea_orm(entity = "super::{other}::Entity")] {camel(other)},' for other in direct + [o for _, o in through]
    ]
    return f"""pub mod {table} {{
use sea_orm::entity::prelude::*;
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)] #[sea_orm(table_name = "{table}")]
pub struct Model {{ {' '.join(fields)} }}
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {{ {' '.join(relations)} }}
{' '.join(related)}
impl ActiveModelBehavior for ActiveModel {{}}
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelatedEntity)]
pub enum RelatedEntity {{ {' '.join(entities)} }}
}}
"""


def main() -> None:
    url = sys.argv[1]
    tables: dict[str, list[list[str]]] = {}
    for table, *column in rows(url, COLUMNS):
        tables.setdefault(table, []).append(column)
    keys = [(table.strip('"'), column, other.strip('"'), kind) for table, column, other, kind in rows(url, KEYS)]
    primary = {(table, column) for table, column, _, kind in keys if kind == "p"}
    foreign = [
        (table, column, other)
        for table, column, other, kind in keys
        if kind == "f" and table in tables and other in tables and other != table
    ]
    header = "//! The tables that visitors may read. Written by `entities.py` from the database; not to be edited.\n\n"
    modules = [module(table, columns, primary, foreign) for table, columns in tables.items()]
    register = f"seaography::register_entity_modules!([{', '.join(tables)}]);\n"
    file = Path(__file__).parent / "src/entities.rs"
    file.write_text(header + "\n".join(modules) + register)
    subprocess.run(["rustfmt", "--edition", "2024", str(file)], check=True)


main()
