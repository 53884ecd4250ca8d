//! Rust's types, by the last word of their path.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Error, GenericArgument, PathArguments, PathSegment, Result, Type};

/// The type inside of `Option`, and whether it was in one.
pub(super) fn option(data_type: &Type) -> (&Type, bool) {
    match segment(data_type) {
        Some(segment) if segment.ident == "Option" => match argument(segment) {
            Some(inner) => (inner, true),
            None => (data_type, false),
        },
        _ => (data_type, false),
    }
}

/// The code of the `ColumnType`.
pub(super) fn rust_type(data_type: &Type) -> Result<TokenStream> {
    kind(data_type).map(|kind| kind.code()).ok_or_else(|| {
        Error::new_spanned(
            data_type,
            format!(
                "limbeck does not know what databases call `{}`: say it, as #[column(type = \"text\")], or leave the field out \
                 with #[column(skip)]",
                data_type.to_token_stream()
            ),
        )
    })
}

pub(super) fn is_integer(data_type: &Type) -> bool {
    let integers = ["I16", "I32", "I64", "U8", "U16", "U32", "U64"];
    matches!(kind(data_type), Some(Kind::Plain(name)) if integers.contains(&name))
}

/// Whether a type may have a length.
pub(super) fn is_sized(data_type: &Type) -> bool {
    fn of(kind: &Kind) -> bool {
        match kind {
            Kind::Plain(name) => ["Text", "Bytes"].contains(name),
            Kind::Array(element) => of(element),
        }
    }
    kind(data_type).is_some_and(|kind| of(&kind))
}

/// A variant of `ColumnType`.
enum Kind {
    Plain(&'static str),
    Array(Box<Self>),
}

impl Kind {
    fn code(&self) -> TokenStream {
        match self {
            Self::Plain(name) => {
                let name = syn::Ident::new(name, proc_macro2::Span::call_site());
                quote!(::limbeck::tables::ColumnType::#name)
            }
            Self::Array(element) => {
                let element = element.code();
                quote!(::limbeck::tables::ColumnType::Array(::std::boxed::Box::new(#element)))
            }
        }
    }
}

fn kind(data_type: &Type) -> Option<Kind> {
    match data_type {
        Type::Reference(reference) => return kind(&reference.elem),
        Type::Paren(inner) => return kind(&inner.elem),
        Type::Group(inner) => return kind(&inner.elem),
        Type::Slice(slice) => return list(&slice.elem),
        Type::Array(array) => return list(&array.elem),
        _ => {}
    }
    let segment = segment(data_type)?;
    let inner = argument(segment);
    let name = match segment.ident.to_string().as_str() {
        "Vec" => return list(inner?),
        // A list of values that may be NULL is an array all the same.
        "Box" | "Rc" | "Arc" | "Cow" | "Option" => return kind(inner?),
        "bool" => "Bool",
        "i8" => "I8",
        "i16" => "I16",
        "i32" => "I32",
        "i64" => "I64",
        "u8" => "U8",
        "u16" => "U16",
        "u32" => "U32",
        "u64" => "U64",
        "f32" => "F32",
        "f64" => "F64",
        "String" | "str" => "Text",
        "Bytes" => "Bytes",
        "Uuid" => "Uuid",
        // chrono's has a zone as its argument; jiff's is of no zone.
        "DateTime" if inner.is_some() => "Timestamp",
        "OffsetDateTime" | "Timestamp" => "Timestamp",
        "DateTime" | "NaiveDateTime" | "PrimitiveDateTime" => "DateTime",
        "Date" | "NaiveDate" => "Date",
        "Time" | "NaiveTime" => "Time",
        "Decimal" | "BigDecimal" => "Decimal",
        "Json" | "JsonValue" | "RawValue" | "Value" => "Json",
        "IpAddr" | "Ipv4Addr" | "Ipv6Addr" | "IpNet" | "IpNetwork" => "Inet",
        _ => return None,
    };
    Some(Kind::Plain(name))
}

fn list(element: &Type) -> Option<Kind> {
    match kind(element)? {
        Kind::Plain("U8") => Some(Kind::Plain("Bytes")),
        element => Some(Kind::Array(Box::new(element))),
    }
}

fn segment(data_type: &Type) -> Option<&PathSegment> {
    match data_type {
        Type::Path(path) => path.path.segments.last(),
        _ => None,
    }
}

/// The last type among a path's arguments: that of `Cow<'a, str>` is the second.
fn argument(segment: &PathSegment) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
        return None;
    };
    arguments.args.iter().rev().find_map(|argument| match argument {
        GenericArgument::Type(data_type) => Some(data_type),
        _ => None,
    })
}
