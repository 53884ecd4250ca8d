//! The macros `embed!` and `derive(Table)` of limbeck.

mod table;

use std::env;
use std::path::{Path, PathBuf};

use limbeck_core::script::{ScriptError, Scripts, entries};
use proc_macro::{Literal, TokenStream, TokenTree};

/// Puts the revisions of a directory into the program: `limbeck::embed!("migrations")` is a `&'static [EmbeddedFile]`. The
/// path is relative to the package's directory.
///
/// The files are checked while the program is compiled: a header that can't be read, SQL that can't be cut into
/// statements, or revisions that make no graph are compile errors that name the file.
///
/// A change of a file recompiles the program. That a file was *added* is seen only when the package has a `build.rs` with
/// `println!("cargo:rerun-if-changed=migrations");`.
#[proc_macro]
pub fn embed(input: TokenStream) -> TokenStream {
    let code = path(input)
        .and_then(|path| files(&path))
        .unwrap_or_else(|message| format!("compile_error!({message:?})"));
    code.parse().expect("the code is made of literals")
}

/// Describes a struct as a table: `limbeck` tells of it where it re-exports the macro.
#[proc_macro_derive(Table, attributes(table, column))]
pub fn derive_table(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    table::derive(&input)
        .unwrap_or_else(|error| error.into_compile_error())
        .into()
}

/// The macro's argument: one string.
fn path(input: TokenStream) -> Result<PathBuf, String> {
    let usage =
        || "embed! takes the directory of the revisions as a string: embed!(\"migrations\")".to_owned();
    let mut tokens = input.into_iter();
    let (Some(TokenTree::Literal(literal)), None) = (tokens.next(), tokens.next()) else {
        return Err(usage());
    };
    let path = string(&literal).ok_or_else(usage)?;
    let root =
        env::var("CARGO_MANIFEST_DIR").map_err(|_| "embed! needs Cargo's CARGO_MANIFEST_DIR".to_owned())?;
    Ok(Path::new(&root).join(path))
}

fn string(literal: &Literal) -> Option<String> {
    let text = literal.to_string();
    let plain = text.strip_prefix('"')?.strip_suffix('"')?;
    (!plain.contains('\\')).then(|| plain.to_owned())
}

/// The code of a `&'static [EmbeddedFile]`.
fn files(directory: &Path) -> Result<String, String> {
    let directories = [directory.to_owned()];
    check(&directories).map_err(|error| error.to_string())?;
    let mut code = String::from("{ const FILES: &[::limbeck::script::EmbeddedFile] = &[");
    for entry in entries(&directories).map_err(|error| error.to_string())? {
        let name = entry
            .path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let path = entry.path.display().to_string();
        code.push_str(&format!(
            "::limbeck::script::EmbeddedFile {{ name: {name:?}, text: include_str!({path:?}) }},"
        ));
    }
    code.push_str("]; FILES }");
    Ok(code)
}

/// Reads everything, as far as that can be done without knowing the database.
fn check(directories: &[PathBuf]) -> Result<(), ScriptError> {
    let scripts = Scripts::read(directories)?;
    for revision in scripts.graph().iter() {
        if let Some(script) = scripts.script(&revision.id)? {
            script.check()?;
        }
    }
    Ok(())
}
