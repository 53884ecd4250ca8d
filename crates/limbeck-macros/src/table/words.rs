//! What the attributes have in common.

use proc_macro2::Span;
use syn::meta::ParseNestedMeta;
use syn::{Error, LitStr, Result, Token};

/// `word = "text"`, once.
pub(super) fn text(meta: &ParseNestedMeta<'_>, place: &mut Option<LitStr>) -> Result<()> {
    once(meta, place.is_some())?;
    *place = Some(meta.value()?.parse()?);
    Ok(())
}

/// `word`, or `word = "name"`, once.
pub(super) fn flag(meta: &ParseNestedMeta<'_>, place: &mut Option<(Span, Option<LitStr>)>) -> Result<()> {
    once(meta, place.is_some())?;
    let span = meta.path.segments[0].ident.span();
    let name = match meta.input.peek(Token![=]) {
        true => Some(meta.value()?.parse()?),
        false => None,
    };
    *place = Some((span, name));
    Ok(())
}

pub(super) fn once(meta: &ParseNestedMeta<'_>, is_there: bool) -> Result<()> {
    if is_there {
        return Err(meta.error("this is there twice: leave one of them away"));
    }
    Ok(())
}

/// The error for a word that is none of these.
pub(super) fn unknown(meta: &ParseNestedMeta<'_>, of: &str, words: &[&str]) -> Error {
    let word = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
    meta.error(format!(
        "a {of} has no `{word}`: write one of {}",
        words.join(", ")
    ))
}
