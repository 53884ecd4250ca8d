use std::cmp::Ordering;
use std::str::FromStr;

/// How the ids of new revisions are made, and so how their files are named.
///
/// # Examples
/// ```
/// use limbeck_core::script::Naming;
///
/// assert_eq!("timestamp".parse(), Ok(Naming::Timestamp));
/// assert_eq!(Naming::default(), Naming::Numeric);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Naming {
    /// The next free number, as wide as the others: `004`.
    #[default]
    Numeric,
    /// The time in UTC: `20261123101200`.
    Timestamp,
    /// Twelve random hexadecimal digits, as Alembic does.
    Hash,
}

impl FromStr for Naming {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "numeric" => Ok(Self::Numeric),
            "timestamp" => Ok(Self::Timestamp),
            "hash" => Ok(Self::Hash),
            _ => Err(format!(
                "'{name}' is not a naming: use numeric, timestamp or hash"
            )),
        }
    }
}

impl Naming {
    /// Makes the next id after those in use. `timestamp` is the present time as `YYYYMMDDhhmmss`, and `random`
    /// the source of a hash; each is used only by its own naming.
    ///
    /// # Examples
    /// ```
    /// use limbeck_core::script::Naming;
    ///
    /// assert_eq!(Naming::Numeric.next_id(["001", "002"].into_iter(), "", 0), "003");
    /// assert_eq!(Naming::Timestamp.next_id(["001"].into_iter(), "20261123101200", 0), "20261123101200");
    /// assert_eq!(Naming::Hash.next_id([].into_iter(), "", 0xae10_27a6_acf0), "ae1027a6acf0");
    /// ```
    pub fn next_id<'a>(self, used: impl Iterator<Item = &'a str>, timestamp: &str, random: u64) -> String {
        match self {
            Self::Numeric => next_number(used, timestamp),
            Self::Timestamp => next_timestamp(used, timestamp),
            Self::Hash => format!("{:012x}", random & 0xffff_ffff_ffff),
        }
    }
}

/// One more than the largest number in use, as wide as the widest, and at least three digits. Where the numbers are
/// timestamps it is a timestamp, and where they all have one letter before them, as in `V7`, so has the next.
fn next_number<'a>(used: impl Iterator<Item = &'a str>, timestamp: &str) -> String {
    let used: Vec<&str> = used.collect();
    let letter = common_letter(&used);
    let numbers = used.iter().map(|id| id.strip_prefix(letter).unwrap_or(id));
    let (largest, width) = numbers
        .filter(|id| is_number(id))
        .fold((0, 0), |(largest, width), id| {
            (
                id.parse::<u128>().map_or(largest, |number| largest.max(number)),
                width.max(id.len()),
            )
        });
    if width == TIMESTAMP && largest < timestamp.parse().unwrap_or_default() {
        return next_timestamp(used.into_iter(), timestamp);
    }
    let width = if letter.is_empty() { width.max(3) } else { width };
    format!("{letter}{:0width$}", largest + 1)
}

/// How many digits `YYYYMMDDhhmmss` has.
const TIMESTAMP: usize = 14;

/// The letter that stands before the number of every id; empty where there is none.
fn common_letter<'a>(used: &[&'a str]) -> &'a str {
    let letter = used.first().and_then(|id| id.get(..1)).unwrap_or_default();
    let has_it = |id: &&str| id.strip_prefix(letter).is_some_and(is_number);
    if letter.starts_with(|c: char| c.is_ascii_alphabetic()) && used.iter().all(has_it) {
        letter
    } else {
        ""
    }
}

/// The timestamp, moved on while a revision of the same second has it.
fn next_timestamp<'a>(used: impl Iterator<Item = &'a str>, timestamp: &str) -> String {
    let used: Vec<&str> = used.collect();
    let mut id = timestamp.to_owned();
    while used.contains(&id.as_str()) {
        id = (id.parse::<u128>().unwrap_or_default() + 1).to_string();
    }
    id
}

pub(super) fn is_number(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns the id that a file's name gives: what stands before its first `_`.
///
/// # Examples
/// ```
/// assert_eq!(limbeck_core::script::id_of("002_add_user_variables.sql"), "002");
/// ```
pub fn id_of(file_name: &str) -> &str {
    let stem = stem(file_name);
    stem.split_once('_').map_or(stem, |(id, _)| id)
}

/// What a file's name says of its content, with spaces for underscores.
pub(super) fn message_of(file_name: &str) -> Option<String> {
    let (_, slug) = stem(file_name).split_once('_')?;
    let words: Vec<&str> = slug.split('_').filter(|word| !word.is_empty()).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

fn stem(file_name: &str) -> &str {
    file_name.strip_suffix(".sql").unwrap_or(file_name)
}

/// Makes a message a part of a file name, cut at a word after 40 characters (Alembic's
/// `truncate_slug_length`).
///
/// # Examples
/// ```
/// assert_eq!(limbeck_core::script::slug("Add user's variables!"), "add_user_s_variables");
/// ```
pub fn slug(message: &str) -> String {
    let words = message
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty());
    let slug = words.collect::<Vec<_>>().join("_").to_lowercase();
    if slug.chars().count() <= 40 {
        return slug;
    }
    let cut: String = slug.chars().take(40).collect();
    cut.rsplit_once('_')
        .map_or(cut.clone(), |(head, _)| head.to_owned())
}

/// Compares file names as people number them: by their ids first, and runs of digits by value, so `9_x` comes before
/// `10_y`, and `V1__a` before `V1.1__b`.
///
/// # Examples
/// ```
/// let mut names = ["10_c.sql", "9_b.sql", "001_a.sql"];
/// names.sort_by(|left, right| limbeck_core::script::natural_order(left, right));
/// assert_eq!(names, ["001_a.sql", "9_b.sql", "10_c.sql"]);
/// ```
pub fn natural_order(left: &str, right: &str) -> Ordering {
    by_value(id_of(left), id_of(right))
        .then_with(|| by_value(left, right))
        .then_with(|| left.cmp(right))
}

fn by_value(left: &str, right: &str) -> Ordering {
    let (mut a, mut b) = (left, right);
    while let (Some(x), Some(y)) = (a.chars().next(), b.chars().next()) {
        if x.is_ascii_digit() && y.is_ascii_digit() {
            let (m, n) = (digits(a), digits(b));
            let (p, q) = (m.trim_start_matches('0'), n.trim_start_matches('0'));
            match p.len().cmp(&q.len()).then_with(|| p.cmp(q)) {
                Ordering::Equal => (a, b) = (&a[m.len()..], &b[n.len()..]),
                unequal => return unequal,
            }
        } else if x == y {
            (a, b) = (&a[x.len_utf8()..], &b[y.len_utf8()..]);
        } else {
            return x.cmp(&y);
        }
    }
    a.len().cmp(&b.len())
}

fn digits(text: &str) -> &str {
    &text[..text.bytes().take_while(u8::is_ascii_digit).count()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn next_ids_keep_the_width() {
        let next = |used: &[&str]| Naming::Numeric.next_id(used.iter().copied(), "", 0);
        assert_eq!(next(&[]), "001");
        assert_eq!(next(&["001", "003"]), "004");
        assert_eq!(next(&["0009"]), "0010");
        assert_eq!(next(&["999", "ae10"]), "1000");
        assert_eq!(next(&["V1", "V2"]), "V3");
        assert_eq!(next(&["V1", "ae10"]), "001");
        let next = |used: &[&str]| Naming::Numeric.next_id(used.iter().copied(), "20261123101200", 0);
        assert_eq!(next(&["20260102030405"]), "20261123101200");
        assert_eq!(next(&["20270102030405"]), "20270102030406");
        let next = |used: &[&str]| Naming::Timestamp.next_id(used.iter().copied(), "20261123101200", 0);
        assert_eq!(next(&["20261123101200", "20261123101201"]), "20261123101202");
        assert_eq!(Naming::Hash.next_id([].into_iter(), "", 0xabc), "000000000abc");
    }

    #[test]
    fn names_sort_as_people_number_them() {
        let mut names = [
            "10_b.sql",
            "9_a.sql",
            "V2__x.sql",
            "V10__y.sql",
            "010_c.sql",
            "1_a.sql",
            "1_aa.sql",
        ];
        names.sort_by(|a, b| natural_order(a, b));
        assert_eq!(
            names,
            [
                "1_a.sql",
                "1_aa.sql",
                "9_a.sql",
                "10_b.sql",
                "010_c.sql",
                "V2__x.sql",
                "V10__y.sql"
            ]
        );
    }

    #[test]
    fn slugs_are_cut_at_a_word() {
        assert_eq!(slug("Add user's variables!"), "add_user_s_variables");
        assert_eq!(
            slug("a very long message that goes on and on without an end"),
            "a_very_long_message_that_goes_on_and_on"
        );
        assert_eq!(slug("Größe ändern"), "größe_ändern");
    }
}
