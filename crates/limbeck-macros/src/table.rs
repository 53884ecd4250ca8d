//! `derive(Table)`: a struct as the description of a table.

mod column_attributes;
mod column_type;
mod table_attributes;
mod words;

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Error, Field, Fields, Ident, Result};

use column_attributes::ColumnAttributes;
use column_type::{is_integer, is_sized, option, rust_type};
use table_attributes::{Columns, TableAttributes};

pub(crate) fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let fields = match &input.data {
        Data::Struct(data) => &data.fields,
        Data::Enum(_) | Data::Union(_) => &Fields::Unit,
    };
    let Fields::Named(fields) = fields else {
        return Err(Error::new(
            input.ident.span(),
            "only a struct with named fields is a table: its fields are the columns",
        ));
    };
    let attributes = TableAttributes::read(&input.attrs)?;
    let columns = columns(&fields.named)?;
    if columns.is_empty() {
        return Err(Error::new(
            input.ident.span(),
            "a table has at least one column: there is no field",
        ));
    }
    let name = attributes.name.as_ref().map_or_else(
        || snake_case(&input.ident.unraw().to_string()),
        |name| name.value(),
    );
    let keys = keys(&attributes, &columns)?;
    let columns = columns.iter().map(Column::code).collect::<Result<Vec<_>>>()?;
    let facts = [
        ("schema", &attributes.schema),
        ("comment", &attributes.comment),
        ("renamed_from", &attributes.renamed_from),
    ];
    let facts = facts.into_iter().filter_map(|(field, value)| {
        let field = Ident::new(field, proc_macro2::Span::call_site());
        let value = value.as_ref()?;
        Some(quote!(table.#field = ::core::option::Option::Some(::std::string::String::from(#value));))
    });
    let ident = &input.ident;
    let (generics, arguments, bounds) = input.generics.split_for_impl();
    Ok(quote! {
        #[automatically_derived]
        impl #generics ::limbeck::Table for #ident #arguments #bounds {
            fn definition() -> ::limbeck::tables::TableDefinition {
                let mut table = ::limbeck::tables::TableDefinition::new(#name);
                #(#facts)*
                #(#columns)*
                #keys
                table
            }
        }
    })
}

/// An underscore before each capital that begins a word: `HttpRoute` and `HTTPRoute` are `http_route`.
fn snake_case(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut snake = String::new();
    for (at, c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| chars[before]);
        let next_is_small = chars.get(at + 1).is_some_and(|next| next.is_lowercase());
        let begins = before.is_some_and(|before| before != '_' && (!before.is_uppercase() || next_is_small));
        if c.is_uppercase() && begins {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}

/// A field that is a column.
struct Column<'a> {
    field: &'a Field,
    /// The field's name, and the column's.
    ident: &'a Ident,
    name: String,
    attributes: ColumnAttributes,
}

fn columns(fields: &syn::punctuated::Punctuated<Field, syn::Token![,]>) -> Result<Vec<Column<'_>>> {
    let mut columns: Vec<Column<'_>> = Vec::new();
    for field in fields {
        let Some(ident) = &field.ident else { continue };
        let attributes = ColumnAttributes::read(&field.attrs)?;
        if attributes.skip {
            continue;
        }
        let name = attributes
            .name
            .as_ref()
            .map_or_else(|| ident.unraw().to_string(), |name| name.value());
        if columns.iter().any(|known| known.name == name) {
            return Err(Error::new(
                ident.span(),
                format!("there is another column `{name}`"),
            ));
        }
        columns.push(Column {
            field,
            ident,
            name,
            attributes,
        });
    }
    Ok(columns)
}

impl Column<'_> {
    fn code(&self) -> Result<TokenStream> {
        let attributes = &self.attributes;
        self.check()?;
        let name = &self.name;
        let (inner, nullable) = option(&self.field.ty);
        let data_type = match &attributes.sql_type {
            Some(sql) => quote!(::limbeck::tables::ColumnType::Sql(::std::string::String::from(#sql))),
            None => rust_type(inner)?,
        };
        let length = attributes.length.iter();
        let strings = [
            ("default", &attributes.default),
            ("comment", &attributes.comment),
            ("renamed_from", &attributes.renamed_from),
        ];
        let strings = strings.into_iter().filter_map(|(field, value)| {
            let field = Ident::new(field, proc_macro2::Span::call_site());
            let value = value.as_ref()?;
            Some(quote!(column.#field = ::core::option::Option::Some(::std::string::String::from(#value));))
        });
        let numbering = attributes.numbering.iter().map(|(_, word)| {
            quote!(column.numbering = ::core::option::Option::Some(::limbeck::tables::Numbering::#word);)
        });
        Ok(quote! {
            let mut column = ::limbeck::tables::ColumnDefinition::new(#name, #data_type);
            column.nullable = #nullable;
            #(column.length = ::core::option::Option::Some(#length);)*
            #(#strings)*
            #(#numbering)*
            table.columns.push(column);
        })
    }

    fn check(&self) -> Result<()> {
        let attributes = &self.attributes;
        let (inner, nullable) = option(&self.field.ty);
        let span = self.field.ty.span();
        if let (Some(length), None) = (&attributes.length, &attributes.sql_type)
            && !is_sized(inner)
        {
            return Err(Error::new(
                length.span(),
                "only texts and bytes have a length: leave it away, or write the whole type, as type = \"char(2)\"",
            ));
        }
        if let Some((word, _)) = &attributes.numbering {
            if nullable {
                return Err(Error::new(
                    span,
                    "what the database numbers is never NULL: leave Option away",
                ));
            }
            if attributes.sql_type.is_none() && !is_integer(inner) {
                return Err(Error::new(
                    *word,
                    "only an integer can be numbered by the database",
                ));
            }
            if attributes.default.is_some() {
                return Err(Error::new(
                    *word,
                    "what the database numbers has no default: leave one of them away",
                ));
            }
        }
        let of_key = [
            &attributes.on_delete,
            &attributes.on_update,
            &attributes.foreign_key,
        ];
        if let (None, Some(word)) = (&attributes.references, of_key.into_iter().flatten().next()) {
            return Err(Error::new(
                word.span(),
                "there is no foreign key that this could be of: add references = \"users.id\"",
            ));
        }
        if let Some((word, _)) = &attributes.primary_key
            && nullable
        {
            return Err(Error::new(
                *word,
                "a primary key is never NULL: leave Option away",
            ));
        }
        Ok(())
    }
}

/// The code of keys, indexes, checks and foreign keys.
fn keys(attributes: &TableAttributes, columns: &[Column<'_>]) -> Result<TokenStream> {
    let names: BTreeMap<String, &str> = columns
        .iter()
        .map(|column| (column.ident.to_string(), column.name.as_str()))
        .collect();
    let mut code = primary_key(attributes, columns, &names)?;
    for column in columns {
        let name = &column.name;
        for (method, key) in [
            ("unique", &column.attributes.unique),
            ("index", &column.attributes.index),
        ] {
            if let Some((_, own_name)) = key {
                let method = Ident::new(method, proc_macro2::Span::call_site());
                let own_name = optional(own_name.as_ref());
                code.extend(quote!(table.#method([#name], #own_name);));
            }
        }
        if let Some(check) = &column.attributes.check {
            code.extend(quote!(table.check(::core::option::Option::Some(#name), #check, ::core::option::Option::None);));
        }
        code.extend(column.foreign_key());
    }
    for (method, lists) in [("unique", &attributes.uniques), ("index", &attributes.indexes)] {
        let method = Ident::new(method, proc_macro2::Span::call_site());
        for list in lists {
            let own_name = optional(list.name.as_ref());
            let columns = list.columns(&names)?;
            code.extend(quote!(table.#method([#(#columns),*], #own_name);));
        }
    }
    for (own_name, check) in &attributes.checks {
        let own_name = optional(own_name.as_ref());
        code.extend(quote!(table.check(::core::option::Option::None, #check, #own_name);));
    }
    Ok(code)
}

fn primary_key(
    attributes: &TableAttributes,
    columns: &[Column<'_>],
    names: &BTreeMap<String, &str>,
) -> Result<TokenStream> {
    let of_fields: Vec<&Column<'_>> = columns
        .iter()
        .filter(|column| column.attributes.primary_key.is_some())
        .collect();
    let own_name = of_fields
        .iter()
        .find_map(|column| column.attributes.primary_key.as_ref()?.1.as_ref());
    let mut key: Vec<&str> = of_fields.iter().map(|column| column.name.as_str()).collect();
    let mut own_name = optional(own_name);
    if let Some(list) = &attributes.primary_key {
        if !of_fields.is_empty() {
            return Err(Error::new(
                list.span,
                "the primary key is told twice: here, and at a field. Leave one of them away",
            ));
        }
        key = list.columns(names)?;
        own_name = optional(list.name.as_ref());
    }
    for column in columns {
        if let Some((word, kind)) = &column.attributes.numbering
            && kind == "AutoIncrement"
            && key != [column.name.as_str()]
        {
            return Err(Error::new(
                *word,
                "auto_increment is for a primary key of this column alone: write identity, or add primary_key",
            ));
        }
    }
    Ok(if key.is_empty() {
        TokenStream::new()
    } else {
        quote!(table.primary_key([#(#key),*], #own_name);)
    })
}

impl Column<'_> {
    fn foreign_key(&self) -> TokenStream {
        let attributes = &self.attributes;
        let Some(references) = &attributes.references else {
            return TokenStream::new();
        };
        let name = &self.name;
        let own_name = optional(attributes.foreign_key.as_ref());
        let actions = [
            ("on_delete", &attributes.on_delete),
            ("on_update", &attributes.on_update),
        ];
        let actions = actions.into_iter().filter_map(|(field, action)| {
            let field = Ident::new(field, proc_macro2::Span::call_site());
            let action = action.as_ref()?;
            Some(quote!(key.#field = ::core::option::Option::Some(::std::string::String::from(#action));))
        });
        let code = quote!(table.foreign_key(#name, #references, #own_name));
        if attributes.on_delete.is_none() && attributes.on_update.is_none() {
            return quote!(#code;);
        }
        quote! {
            let key = #code;
            #(#actions)*
        }
    }
}

fn optional(value: Option<&syn::LitStr>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}

impl Columns {
    /// The columns of the fields that are listed.
    fn columns<'a>(&self, names: &BTreeMap<String, &'a str>) -> Result<Vec<&'a str>> {
        let column = |field: &Ident| {
            names.get(&field.to_string()).copied().ok_or_else(|| {
                let known: Vec<&str> = names.keys().map(String::as_str).collect();
                Error::new(
                    field.span(),
                    format!(
                        "there is no column of a field `{field}`: there is {}",
                        known.join(", ")
                    ),
                )
            })
        };
        self.fields.iter().map(column).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::snake_case;

    #[test]
    fn a_table_is_called_as_its_struct() {
        for (name, table) in [
            ("User", "user"),
            ("HttpRoute", "http_route"),
            ("HTTPRoute", "http_route"),
            ("UserV2", "user_v2"),
            ("OAuth2Token", "o_auth2_token"),
            ("A", "a"),
            ("user_", "user_"),
        ] {
            assert_eq!(snake_case(name), table);
        }
    }
}
