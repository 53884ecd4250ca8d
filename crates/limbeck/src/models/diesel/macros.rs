//! The grammar of `table!` and `joinable!`.

use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{
    Attribute, Expr, ExprLit, Ident, ItemUse, Lit, Meta, Path, Token, TypePath, braced, parenthesized,
};

/// `table! { schema.name (key) { columns } }`.
pub(super) struct TableMacro {
    pub(super) rust_name: Ident,
    pub(super) schema: Option<String>,
    pub(super) name: String,
    pub(super) primary_key: Vec<Ident>,
    pub(super) columns: Vec<ColumnMacro>,
}

/// `name -> Type`.
pub(super) struct ColumnMacro {
    pub(super) rust_name: Ident,
    pub(super) name: String,
    pub(super) sql_type: TypePath,
    pub(super) max_length: Option<u32>,
}

/// `joinable!(child -> parent (column))`.
pub(super) struct Joinable {
    pub(super) child: Ident,
    pub(super) parent: Ident,
    pub(super) column: Ident,
}

impl TableMacro {
    /// What a column is called in the database.
    pub(super) fn sql_name(&self, column: &Ident) -> Option<String> {
        let column = self.columns.iter().find(|known| known.rust_name == *column)?;
        Some(column.name.clone())
    }
}

impl Parse for TableMacro {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        while input.peek(Token![use]) {
            input.parse::<ItemUse>()?;
        }
        let attributes = input.call(Attribute::parse_outer)?;
        let mut rust_name: Ident = input.parse()?;
        let mut schema = None;
        if input.parse::<Option<Token![.]>>()?.is_some() {
            schema = Some(rust_name.unraw().to_string());
            rust_name = input.parse()?;
        }
        let mut primary_key = vec![Ident::new("id", rust_name.span())];
        if input.peek(syn::token::Paren) {
            let content;
            parenthesized!(content in input);
            let names = Punctuated::<Ident, Token![,]>::parse_terminated(&content)?;
            primary_key = names.into_iter().collect();
        }
        let content;
        braced!(content in input);
        let columns = Punctuated::<ColumnMacro, Token![,]>::parse_terminated(&content)?;
        Ok(Self {
            name: sql_name(&attributes, &rust_name)?,
            rust_name,
            schema,
            primary_key,
            columns: columns.into_iter().collect(),
        })
    }
}

impl Parse for ColumnMacro {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let rust_name: Ident = input.parse()?;
        input.parse::<Token![->]>()?;
        let max_length = match value(&attributes, "max_length") {
            Some(Lit::Int(number)) => Some(number.base10_parse()?),
            Some(other) => return Err(syn::Error::new(other.span(), "a length is a number")),
            None => None,
        };
        Ok(Self {
            name: sql_name(&attributes, &rust_name)?,
            sql_type: input.parse()?,
            rust_name,
            max_length,
        })
    }
}

impl Parse for Joinable {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let last = |path: Path| match path.segments.last() {
            Some(segment) => Ok(segment.ident.clone()),
            None => Err(input.error("a table is missing")),
        };
        let child = last(input.call(Path::parse_mod_style)?)?;
        input.parse::<Token![->]>()?;
        let parent = last(input.call(Path::parse_mod_style)?)?;
        let content;
        parenthesized!(content in input);
        let column = content.parse()?;
        Ok(Self {
            child,
            parent,
            column,
        })
    }
}

fn sql_name(attributes: &[Attribute], rust_name: &Ident) -> syn::Result<String> {
    match value(attributes, "sql_name") {
        Some(Lit::Str(name)) => {
            let name = name.value();
            Ok(name.strip_prefix("r#").unwrap_or(&name).to_owned())
        }
        Some(other) => Err(syn::Error::new(other.span(), "a name is a string")),
        None => Ok(rust_name.unraw().to_string()),
    }
}

/// The value of `#[name = value]`.
fn value<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a Lit> {
    attributes.iter().find_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident(name) => match &pair.value {
            Expr::Lit(ExprLit { lit, .. }) => Some(lit),
            _ => None,
        },
        _ => None,
    })
}
