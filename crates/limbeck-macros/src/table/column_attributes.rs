//! `#[column(…)]`.

use proc_macro2::Span;
use syn::meta::ParseNestedMeta;
use syn::{Attribute, Error, Ident, Lit, LitInt, LitStr, Result};

use super::words::{flag, once, text, unknown};

const WORDS: [&str; 17] = [
    "skip",
    "name",
    "type",
    "length",
    "primary_key",
    "unique",
    "index",
    "default",
    "check",
    "references",
    "on_delete",
    "on_update",
    "foreign_key",
    "auto_increment",
    "identity",
    "comment",
    "renamed_from",
];

/// What can happen to a row whose parent is deleted or changed.
const ACTIONS: [&str; 5] = ["cascade", "set null", "set default", "restrict", "no action"];

/// A word that may have a name for what it makes.
type Flag = Option<(Span, Option<LitStr>)>;

#[derive(Default)]
pub(super) struct ColumnAttributes {
    pub(super) skip: bool,
    pub(super) name: Option<LitStr>,
    pub(super) sql_type: Option<LitStr>,
    pub(super) length: Option<LitInt>,
    pub(super) primary_key: Flag,
    pub(super) unique: Flag,
    pub(super) index: Flag,
    pub(super) default: Option<LitStr>,
    pub(super) check: Option<LitStr>,
    pub(super) references: Option<LitStr>,
    pub(super) on_delete: Option<LitStr>,
    pub(super) on_update: Option<LitStr>,
    /// The name of the foreign key.
    pub(super) foreign_key: Option<LitStr>,
    /// Where the word stands, and the variant of `Numbering`.
    pub(super) numbering: Option<(Span, Ident)>,
    pub(super) comment: Option<LitStr>,
    pub(super) renamed_from: Option<LitStr>,
}

impl ColumnAttributes {
    pub(super) fn read(attributes: &[Attribute]) -> Result<Self> {
        let mut column = Self::default();
        for attribute in attributes
            .iter()
            .filter(|attribute| attribute.path().is_ident("column"))
        {
            attribute.parse_nested_meta(|meta| column.word(&meta))?;
        }
        Ok(column)
    }

    fn word(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let word = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
        match word.as_str() {
            "skip" => self.skip = true,
            "name" => text(meta, &mut self.name)?,
            "type" => text(meta, &mut self.sql_type)?,
            "length" => self.length(meta)?,
            "primary_key" => flag(meta, &mut self.primary_key)?,
            "unique" => flag(meta, &mut self.unique)?,
            "index" => flag(meta, &mut self.index)?,
            "default" => self.default_value(meta)?,
            "check" => text(meta, &mut self.check)?,
            "references" => self.references(meta)?,
            "on_delete" => action(meta, &mut self.on_delete)?,
            "on_update" => action(meta, &mut self.on_update)?,
            "foreign_key" => text(meta, &mut self.foreign_key)?,
            "auto_increment" => self.numbering(meta, "AutoIncrement")?,
            "identity" => self.numbering(meta, "Identity")?,
            "comment" => text(meta, &mut self.comment)?,
            "renamed_from" => text(meta, &mut self.renamed_from)?,
            _ => return Err(unknown(meta, "column", &WORDS)),
        }
        Ok(())
    }

    fn length(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        once(meta, self.length.is_some())?;
        let length: LitInt = meta.value()?.parse()?;
        if length.base10_parse::<u32>().ok().is_none_or(|length| length == 0) {
            return Err(Error::new(
                length.span(),
                "a length is a number from 1 to 4294967295",
            ));
        }
        // Without the suffix that it may have.
        self.length = Some(LitInt::new(length.base10_digits(), length.span()));
        Ok(())
    }

    /// SQL, or a number or truth value, which mean the same in SQL.
    fn default_value(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        once(meta, self.default.is_some())?;
        let value = meta.value()?;
        let minus = value.parse::<Option<syn::Token![-]>>()?.map_or("", |_| "-");
        let literal: Lit = value.parse()?;
        let sql = match &literal {
            Lit::Str(sql) if minus.is_empty() => sql.value(),
            Lit::Int(number) => format!("{minus}{}", number.base10_digits()),
            Lit::Float(number) => format!("{minus}{}", number.base10_digits()),
            Lit::Bool(truth) if minus.is_empty() => truth.value.to_string(),
            other => {
                return Err(Error::new(
                    other.span(),
                    "a default is SQL in a string, a number, true or false: default = \"'new'\", default = 0",
                ));
            }
        };
        self.default = Some(LitStr::new(&sql, literal.span()));
        Ok(())
    }

    fn references(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        text(meta, &mut self.references)?;
        if let Some(references) = &self.references {
            let text = references.value();
            let parts: Vec<&str> = text.split('.').collect();
            if !(2..=3).contains(&parts.len()) || parts.iter().any(|part| part.is_empty()) {
                return Err(Error::new(
                    references.span(),
                    "write the table and its column: references = \"users.id\"",
                ));
            }
        }
        Ok(())
    }

    fn numbering(&mut self, meta: &ParseNestedMeta<'_>, variant: &str) -> Result<()> {
        if self.numbering.is_some() {
            return Err(
                meta.error("auto_increment and identity are two words for one thing: leave one of them away")
            );
        }
        let span = meta.path.segments[0].ident.span();
        self.numbering = Some((span, Ident::new(variant, Span::call_site())));
        Ok(())
    }
}

fn action(meta: &ParseNestedMeta<'_>, place: &mut Option<LitStr>) -> Result<()> {
    once(meta, place.is_some())?;
    let text: LitStr = meta.value()?.parse()?;
    let action = text.value().replace('_', " ").to_ascii_lowercase();
    if !ACTIONS.contains(&action.as_str()) {
        return Err(Error::new(
            text.span(),
            format!("a database can't do that: write one of {}", ACTIONS.join(", ")),
        ));
    }
    *place = Some(LitStr::new(&action.to_ascii_uppercase(), text.span()));
    Ok(())
}
