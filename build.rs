//! Gathers the files of the playground in `OUT_DIR` and writes the table that
//! `src/http/playground.rs` includes.
//!
//! `GraphiQL` comes from npm, pinned by `playground/packages.txt`. Without npm, or with `FOLKMOOT_SKIP_PLAYGROUND=1`,
//! the build succeeds, and the binary serves the small page instead.

use std::{
    env,
    error::Error,
    fmt::Write as _,
    fs,
    io::Read as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use data_encoding::{BASE64, HEXLOWER};
use flate2::read::GzDecoder;
use sha2::{Digest as _, Sha256, Sha512};

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

const SOURCES: &str = "playground";
const PACKAGES: &str = "playground/packages.txt";
const SKIP: &str = "FOLKMOOT_SKIP_PLAYGROUND";

/// Larger than any file that is embedded. It limits what is unpacked from a package.
const MAX_FILE: u64 = 8 << 20;

fn main() -> Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed={SOURCES}");
    println!("cargo:rerun-if-env-changed={SKIP}");

    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    let packages = parse_packages(&fs::read_to_string(PACKAGES)?)?;

    let skip = env::var_os(SKIP).is_some_and(|value| !value.is_empty() && value != "0");
    let vendored = if skip { None } else { vendored_or_warn(&packages, &out) };
    let full = vendored.is_some();

    let mut files = own_files(full)?;
    files.extend(vendored.unwrap_or_default());
    files.sort_by(|a, b| a.name.cmp(&b.name));
    write_table(&files, full, &out)
}

/// One file that the playground serves.
struct File {
    name: String,
    bytes: Vec<u8>,
    /// Its name carries its version, so its content never changes.
    immutable: bool,
}

/// The files of the `playground` folder. The `index.*` ones need `GraphiQL`.
fn own_files(full: bool) -> Result<Vec<File>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(SOURCES)? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        if content_type(name).is_none() || Path::new(PACKAGES).ends_with(name) || (!full && name.starts_with("index."))
        {
            continue;
        }
        files.push(File { name: name.to_owned(), bytes: fs::read(&path)?, immutable: false });
    }
    Ok(files)
}

/// Writes each file, and `playground.rs`, the table of all files.
fn write_table(files: &[File], full: bool, out: &Path) -> Result<()> {
    let dir = out.join("playground");
    if dir.exists() {
        fs::remove_dir_all(&dir)?;
    }
    fs::create_dir_all(&dir)?;

    let page = if full { "index.html" } else { "fallback.html" };
    let mut table =
        format!("// Written by build.rs.\n\nconst PAGE: &str = {page:?};\n\nstatic ASSETS: &[Asset] = &[\n");
    for File { name, bytes, immutable } in files {
        let content_type = content_type(name).ok_or_else(|| format!("{name}: unknown type"))?;
        let hash = HEXLOWER.encode(&Sha256::digest(bytes)[..16]);
        fs::write(dir.join(name), bytes)?;

        writeln!(
            table,
            "    Asset {{\n        name: {name:?},\n        content_type: {content_type:?},\n        \
             etag: r#\"W/\"{hash}\"\"#,\n        immutable: {immutable},\n        \
             bytes: include_bytes!(concat!(env!(\"OUT_DIR\"), \"/playground/{name}\")),\n    }},",
        )?;
    }
    table.push_str("];\n");
    fs::write(out.join("playground.rs"), table)?;
    Ok(())
}

fn content_type(name: &str) -> Option<&'static str> {
    Some(match name.rsplit_once('.')?.1 {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "txt" | "graphql" => "text/plain; charset=utf-8",
        _ => return None,
    })
}

/// One entry of `packages.txt`.
struct Package {
    name: String,
    version: String,
    integrity: String,
    /// Each file: its path in the package and the name under which it is served.
    files: Vec<(String, String)>,
}

impl Package {
    /// What `npm pack` calls it: no `@`, and a dash for the slash.
    fn tarball(&self, dir: &Path) -> PathBuf {
        let name = self.name.trim_start_matches('@').replace('/', "-");
        dir.join(format!("{name}-{}.tgz", self.version))
    }

    /// The bytes of the tarball, if it is there and has the pinned hash.
    fn verified(&self, dir: &Path) -> Result<Vec<u8>, String> {
        let what = format!("{}@{}", self.name, self.version);
        let bytes = fs::read(self.tarball(dir)).map_err(|_| format!("{what} is missing"))?;
        let integrity = format!("sha512-{}", BASE64.encode(&Sha512::digest(&bytes)));
        if integrity == self.integrity {
            Ok(bytes)
        } else {
            Err(format!("{what} has the hash {integrity}, not the pinned one"))
        }
    }

    fn unpack(&self, tarball: &[u8]) -> Result<Vec<File>> {
        let mut found = Vec::new();
        for entry in tar::Archive::new(GzDecoder::new(tarball)).entries()? {
            let entry = entry?;
            let path = entry.path()?.to_string_lossy().into_owned();
            // npm puts all files into one folder, usually called "package".
            let inner = path.split_once('/').map_or("", |(_, inner)| inner);
            let Some((_, name)) = self.files.iter().find(|(wanted, _)| wanted == inner) else {
                continue;
            };
            let mut bytes = Vec::new();
            entry.take(MAX_FILE).read_to_end(&mut bytes)?;
            found.push(File { name: name.clone(), bytes: without_source_map(bytes), immutable: true });
        }
        match self.files.iter().find(|(_, name)| found.iter().all(|file| file.name != *name)) {
            None => Ok(found),
            Some((wanted, _)) => Err(format!("{} holds no file {wanted}", self.name).into()),
        }
    }
}

/// Removes the trailing `sourceMappingURL`. The maps are not embedded, so the URL would be a 404.
fn without_source_map(mut bytes: Vec<u8>) -> Vec<u8> {
    const MARK: &[u8] = b"\n//# sourceMappingURL=";
    let tail = bytes.len().saturating_sub(200);
    if let Some(at) = bytes[tail..].windows(MARK.len()).position(|window| window == MARK) {
        bytes.truncate(tail + at + 1);
    }
    bytes
}

fn parse_packages(text: &str) -> Result<Vec<Package>> {
    let mut packages: Vec<Package> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match (words.as_slice(), packages.last_mut()) {
            ([], _) => {}
            ([name, version, integrity], _) => packages.push(Package {
                name: (*name).to_owned(),
                version: (*version).to_owned(),
                integrity: (*integrity).to_owned(),
                files: Vec::new(),
            }),
            ([inner, served], Some(package)) => {
                package.files.push(((*inner).to_owned(), (*served).to_owned()));
            }
            _ => return Err(format!("{PACKAGES}: cannot read this line: {line}").into()),
        }
    }
    Ok(packages)
}

fn vendored_or_warn(packages: &[Package], out: &Path) -> Option<Vec<File>> {
    match vendored(packages, &out.join("packages")) {
        Ok(files) => Some(files),
        Err(why) => {
            // A warning of cargo has only one line.
            let why = why.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
            println!(
                "cargo:warning=the full playground (GraphiQL) is left out, the small page is \
                 served instead: {why}. To retry, touch build.rs; to silence this, set {SKIP}=1."
            );
            None
        }
    }
}

/// The verified files of all packages. npm is asked only for packages that are not in `dir` yet.
fn vendored(packages: &[Package], dir: &Path) -> Result<Vec<File>> {
    fs::create_dir_all(dir)?;
    let missing: Vec<&Package> = packages.iter().filter(|package| package.verified(dir).is_err()).collect();
    if !missing.is_empty() {
        npm_pack(&missing, dir)?;
    }
    let mut files = Vec::new();
    for package in packages {
        files.extend(package.unpack(&package.verified(dir)?)?);
    }
    Ok(files)
}

fn npm_pack(packages: &[&Package], dir: &Path) -> Result<()> {
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let output = Command::new(npm)
        .args(["pack", "--ignore-scripts", "--loglevel=error", "--no-update-notifier"])
        .args(["--prefer-offline", "--fetch-retries=1", "--fetch-timeout=120000"])
        .args(packages.iter().map(|package| format!("{}@{}", package.name, package.version)))
        .current_dir(dir)
        .stdin(Stdio::null())
        .output()
        .map_err(|why| format!("npm cannot be run ({why})"))?;
    if output.status.success() {
        return Ok(());
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    let first = stderr.lines().find(|line| !line.trim().is_empty()).unwrap_or("no message");
    Err(format!("npm pack failed ({first})").into())
}
