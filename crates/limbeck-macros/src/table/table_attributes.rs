//! `#[table(…)]`.

use proc_macro2::Span;
use syn::meta::ParseNestedMeta;
use syn::punctuated::Punctuated;
use syn::{Attribute, Ident, LitStr, Result, Token, parenthesized};

use super::words::{once, text, unknown};

const WORDS: [&str; 8] = [
    "name",
    "schema",
    "comment",
    "renamed_from",
    "primary_key(…)",
    "unique(…)",
    "index(…)",
    "check",
];

#[derive(Default)]
pub(super) struct TableAttributes {
    pub(super) name: Option<LitStr>,
    pub(super) schema: Option<LitStr>,
    pub(super) comment: Option<LitStr>,
    pub(super) renamed_from: Option<LitStr>,
    pub(super) primary_key: Option<Columns>,
    pub(super) uniques: Vec<Columns>,
    pub(super) indexes: Vec<Columns>,
    /// With their names, where they have some.
    pub(super) checks: Vec<(Option<LitStr>, LitStr)>,
}

/// `unique(a, b, name = "…")`.
pub(super) struct Columns {
    pub(super) span: Span,
    pub(super) fields: Vec<Ident>,
    pub(super) name: Option<LitStr>,
}

impl TableAttributes {
    pub(super) fn read(attributes: &[Attribute]) -> Result<Self> {
        let mut table = Self::default();
        for attribute in attributes
            .iter()
            .filter(|attribute| attribute.path().is_ident("table"))
        {
            attribute.parse_nested_meta(|meta| table.word(&meta))?;
        }
        Ok(table)
    }

    fn word(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        match meta.path.get_ident().map(ToString::to_string).as_deref() {
            Some("name") => text(meta, &mut self.name),
            Some("schema") => text(meta, &mut self.schema),
            Some("comment") => text(meta, &mut self.comment),
            Some("renamed_from") => text(meta, &mut self.renamed_from),
            Some("primary_key") => {
                once(meta, self.primary_key.is_some())?;
                self.primary_key = Some(columns(meta)?);
                Ok(())
            }
            Some("unique") => {
                self.uniques.push(columns(meta)?);
                Ok(())
            }
            Some("index") => {
                self.indexes.push(columns(meta)?);
                Ok(())
            }
            Some("check") => self.check(meta),
            _ => Err(unknown(meta, "table", &WORDS)),
        }
    }

    /// `check = "SQL"`, or `check("name" = "SQL")`.
    fn check(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        if meta.input.peek(Token![=]) {
            self.checks.push((None, meta.value()?.parse()?));
            return Ok(());
        }
        if !meta.input.peek(syn::token::Paren) {
            return Err(
                meta.error("what is checked? Write check = \"a < b\", or check(\"its_name\" = \"a < b\")")
            );
        }
        let content;
        parenthesized!(content in meta.input);
        let name = content.parse()?;
        content.parse::<Token![=]>()?;
        self.checks.push((Some(name), content.parse()?));
        Ok(())
    }
}

fn columns(meta: &ParseNestedMeta<'_>) -> Result<Columns> {
    let span = meta.path.segments[0].ident.span();
    let (mut fields, mut name) = (Vec::new(), None);
    if meta.input.peek(syn::token::Paren) {
        let content;
        parenthesized!(content in meta.input);
        let parts = Punctuated::<Part, Token![,]>::parse_terminated(&content)?;
        for part in parts {
            match part {
                Part::Field(field) => fields.push(field),
                Part::Name(text) => name = Some(text),
            }
        }
    }
    if fields.is_empty() {
        return Err(meta.error("of which fields? Write them in parentheses: index(first, second)"));
    }
    Ok(Columns { span, fields, name })
}

/// What stands between the commas of `unique(…)`.
enum Part {
    Field(Ident),
    Name(LitStr),
}

impl syn::parse::Parse for Part {
    fn parse(input: syn::parse::ParseStream<'_>) -> Result<Self> {
        let field: Ident = input.parse()?;
        if input.parse::<Option<Token![=]>>()?.is_none() {
            return Ok(Self::Field(field));
        }
        if field != "name" {
            return Err(syn::Error::new(
                field.span(),
                "only its name has a value here: name = \"…\"",
            ));
        }
        input.parse().map(Self::Name)
    }
}
