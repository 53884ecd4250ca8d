use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::layout::{Box, layout};
use super::{Edge, edges, keys, tables};
use crate::schema::{Column, Name, Schema, Table};

/// The height of a line, that of a table's head, and how wide a letter is about.
const LINE: f64 = 20.0;
const HEAD: f64 = 28.0;
const LETTER: f64 = 7.3;
/// The space around text, and around the picture.
const PAD: f64 = 10.0;
const MARGIN: f64 = 24.0;

const STYLE: &str = "text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:#1f2933}\
    .name{font-weight:bold;fill:#fff}.type{fill:#64748b}.key{fill:#b45309;font-size:10px;font-weight:bold}\
    .box{fill:#fff;stroke:#94a3b8}.head{fill:#334155}.row{stroke:#e2e8f0}\
    .line{fill:none;stroke:#64748b;stroke-width:1.4}.mark{fill:#fff;stroke:#64748b;stroke-width:1.4}";

/// The tables as a picture (SVG), which a browser shows: a box a table, its columns with their types and keys, and lines for
/// foreign keys. The foot of a crow is at the side of the many; a small ring tells that there may be none.
///
/// ```
/// use limbeck_core::diagram::svg;
/// use limbeck_core::schema::{Column, Name, Schema, Table};
///
/// let mut schema = Schema::default();
/// schema.tables.insert(Name::new("users"), Table { columns: vec![Column::new("id", "integer")], ..Table::default() });
/// let picture = svg(&schema);
/// assert!(picture.starts_with("<svg ") && picture.contains(">users<") && picture.contains(">integer?<"));
/// ```
pub fn svg(schema: &Schema) -> String {
    let shown: Vec<(&Name, &Table)> = tables(schema).collect();
    let numbers: BTreeMap<&Name, usize> = shown
        .iter()
        .enumerate()
        .map(|(at, (name, _))| (*name, at))
        .collect();
    let edges = edges(schema);
    let joined: Vec<(usize, usize)> = edges
        .iter()
        .map(|edge| (numbers[edge.from], numbers[edge.to]))
        .collect();
    let sizes: Vec<(f64, f64)> = shown.iter().map(|(name, table)| size(name, table)).collect();
    let mut boxes = layout(&sizes, &joined);
    for placed in &mut boxes {
        placed.x += MARGIN;
        placed.y += MARGIN;
    }
    let far = |edge: fn(&Box) -> f64| boxes.iter().map(edge).fold(0.0, f64::max) + MARGIN;
    let (width, height) = (
        far(|placed| placed.x + placed.width) + MARGIN,
        far(|placed| placed.y + placed.height),
    );
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} \
         {height:.0}\">\n<style>{STYLE}</style>\n<rect width=\"100%\" height=\"100%\" fill=\"#f8fafc\"/>\n"
    );
    for (edge, (from, to)) in edges.iter().zip(joined) {
        text.push_str(&line(
            edge,
            (shown[from].1, &boxes[from]),
            (shown[to].1, &boxes[to]),
        ));
    }
    for ((name, table), placed) in shown.iter().zip(&boxes) {
        text.push_str(&entity(name, table, placed));
    }
    text + "</svg>\n"
}

fn letters(text: &str) -> f64 {
    text.chars().count() as f64 * LETTER
}

fn size(name: &Name, table: &Table) -> (f64, f64) {
    let row = |column: &Column| {
        let marks = keys(table, column).join(" ");
        letters(&column.name) + letters(&shown_type(column)) + letters(&marks) + 4.0 * PAD
    };
    let widest = table
        .columns
        .iter()
        .map(row)
        .fold(letters(&name.to_string()) + 2.0 * PAD, f64::max);
    (widest.max(120.0), HEAD + LINE * table.columns.len() as f64 + 4.0)
}

/// A type that fits; what has to be there is marked with nothing, what may be NULL with a question mark.
fn shown_type(column: &Column) -> String {
    const LONGEST: usize = 28;
    let mut shown: String = column.data_type.chars().take(LONGEST).collect();
    if column.data_type.chars().count() > LONGEST {
        shown.push('…');
    }
    if column.nullable {
        shown.push('?');
    }
    shown
}

fn entity(name: &Name, table: &Table, placed: &Box) -> String {
    let Box { x, y, width, height } = *placed;
    let mut text = format!(
        "<g><title>{0}</title><rect class=\"box\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" \
         rx=\"4\"/><path class=\"head\" d=\"M{x:.1} {1:.1}v-{2:.1}a4 4 0 0 1 4-4h{3:.1}a4 4 0 0 1 4 4v{2:.1}z\"/><text \
         class=\"name\" x=\"{4:.1}\" y=\"{5:.1}\">{6}</text>\n",
        escaped(&tip(name, table)),
        y + HEAD,
        HEAD - 4.0,
        width - 8.0,
        x + PAD,
        y + HEAD - 9.0,
        escaped(&name.to_string()),
    );
    for (at, column) in table.columns.iter().enumerate() {
        let baseline = y + HEAD + LINE * at as f64 + 15.0;
        let marks = keys(table, column).join(" ");
        let key_at = x + PAD + letters(&column.name) + PAD / 2.0;
        let _ = write!(
            text,
            "<text x=\"{:.1}\" y=\"{baseline:.1}\">{}</text><text class=\"key\" x=\"{key_at:.1}\" \
             y=\"{baseline:.1}\">{marks}</text><text class=\"type\" x=\"{:.1}\" y=\"{baseline:.1}\" \
             text-anchor=\"end\">{}</text>",
            x + PAD,
            escaped(&column.name),
            x + width - PAD,
            escaped(&shown_type(column)),
        );
        if at > 0 {
            let above = y + HEAD + LINE * at as f64 + 1.0;
            let _ = write!(text, "<path class=\"row\" d=\"M{x:.1} {above:.1}h{width:.1}\"/>");
        }
        text.push('\n');
    }
    text + "</g>\n"
}

/// What a browser shows when the pointer rests on a table.
fn tip(name: &Name, table: &Table) -> String {
    match &table.comment {
        Some(comment) => format!("{name}: {comment}"),
        None => name.to_string(),
    }
}

/// The height at which a line meets a table: in the middle of the row of its first column.
fn row(table: &Table, placed: &Box, columns: &[String]) -> f64 {
    let first = columns.first();
    let at = table
        .columns
        .iter()
        .position(|column| Some(&column.name) == first)
        .unwrap_or(0);
    placed.y + HEAD + LINE * at as f64 + LINE / 2.0
}

fn line(edge: &Edge<'_>, (child, from): (&Table, &Box), (parent, to): (&Table, &Box)) -> String {
    let (start_y, end_y) = (row(child, from, edge.columns), row(parent, to, edge.keys));
    // The child stands to the right, unless the line closes a ring.
    let (start_x, out) = if from.x > to.x {
        (from.x, -1.0)
    } else {
        (from.x + from.width, 1.0)
    };
    let (end_x, back) = if to.x + to.width < from.x || to.x == from.x {
        (to.x + to.width, 1.0)
    } else {
        (to.x, -1.0)
    };
    let bend = ((start_x - end_x).abs() / 2.0).clamp(36.0, 120.0);
    let mut text = format!(
        "<g><title>{}</title><path class=\"line\" d=\"M{start_x:.1} {start_y:.1}C{:.1} {start_y:.1} {:.1} {end_y:.1} {end_x:.1} \
         {end_y:.1}\"/>",
        escaped(&format!(
            "{}.{} → {}",
            edge.from,
            edge.columns.join(", "),
            edge.to
        )),
        start_x + out * bend,
        end_x + back * bend,
    );
    let foot = start_x + out * 12.0;
    if edge.is_unique {
        let _ = write!(
            text,
            "<path class=\"line\" d=\"M{foot:.1} {:.1}v10\"/>",
            start_y - 5.0
        );
    } else {
        let _ = write!(
            text,
            "<path class=\"line\" d=\"M{start_x:.1} {:.1}L{foot:.1} {start_y:.1}L{start_x:.1} {:.1}\"/>",
            start_y - 6.0,
            start_y + 6.0
        );
    }
    let near = end_x + back * 9.0;
    if edge.is_optional {
        let _ = write!(
            text,
            "<circle class=\"mark\" cx=\"{near:.1}\" cy=\"{end_y:.1}\" r=\"4\"/>"
        );
    } else {
        let _ = write!(
            text,
            "<path class=\"line\" d=\"M{near:.1} {:.1}v10\"/>",
            end_y - 5.0
        );
    }
    text + "</g>\n"
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
