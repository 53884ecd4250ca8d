//! `datetime`.

mod day;
mod delta;

use std::rc::Rc;

use jiff::civil;
use jiff::{SignedDuration, Timestamp};

use crate::value::{Args, Binary, Compare, Key, Object, Outcome, Value};
use crate::vm::{Vm, as_float, as_int};
use delta::new_delta;

pub(crate) use delta::{parse_duration, time_of_day};

pub(super) fn find(_module: &str, name: &str) -> Option<Value> {
    Some(match name {
        "datetime" => Value::object(Class("datetime")),
        "date" => Value::object(Class("date")),
        "time" => Value::object(Class("time")),
        "timedelta" => Value::object(Class("timedelta")),
        "timezone" => Value::object(Class("timezone")),
        "UTC" => Value::object(Zone { seconds: 0 }),
        _ => return None,
    })
}

/// `datetime.datetime`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DateTime {
    pub(crate) at: civil::DateTime,
    /// Seconds east of UTC, where it has a zone.
    pub(crate) offset: Option<i32>,
}

/// `datetime.date`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Date(pub(crate) civil::Date);

/// `datetime.time`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Time(pub(crate) civil::Time);

/// `datetime.timedelta`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Delta(pub(crate) SignedDuration);

/// `datetime.timezone`.
#[derive(Debug, Clone, PartialEq)]
struct Zone {
    seconds: i32,
}

/// The classes of the module.
#[derive(Debug)]
struct Class(&'static str);

impl DateTime {
    /// The moment now. What depends on it is not known before it is run.
    pub(crate) fn now(vm: &Vm<'_>, offset: Option<i32>) -> Outcome<Self> {
        if vm.offline {
            return Err(vm.needs_database("the time of the run".to_owned()));
        }
        let now = Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).datetime();
        let at = now
            .checked_add(SignedDuration::from_secs(offset.unwrap_or_default().into()))
            .unwrap_or(now);
        let micros = at.subsec_nanosecond() / 1000 * 1000;
        let at = at.with().subsec_nanosecond(micros).build().unwrap_or(at);
        Ok(Self { at, offset })
    }

    fn utc(&self) -> civil::DateTime {
        let offset = SignedDuration::from_secs(self.offset.unwrap_or_default().into());
        self.at.checked_sub(offset).unwrap_or(self.at)
    }

    fn timestamp(&self) -> Option<Timestamp> {
        self.utc()
            .to_zoned(jiff::tz::TimeZone::UTC)
            .ok()
            .map(|zoned| zoned.timestamp())
    }

    /// As ISO 8601, as `isoformat(separator)` writes it.
    pub(crate) fn iso(&self, separator: char) -> String {
        let zone = self.offset.map(offset_text).unwrap_or_default();
        format!("{}{separator}{}{zone}", self.at.date(), time_text(self.at.time()))
    }
}

fn offset_text(seconds: i32) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

pub(crate) fn time_text(time: civil::Time) -> String {
    let text = format!("{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second());
    match time.subsec_nanosecond() / 1000 {
        0 => text,
        micros => format!("{text}.{micros:06}"),
    }
}

impl Object for Class {
    fn class_name(&self) -> &str {
        "type"
    }

    fn key(&self) -> Option<Key> {
        Some(Key::Value("datetime", self.0.to_owned()))
    }

    fn call(self: Rc<Self>, vm: &mut Vm<'_>, args: Args) -> Outcome<Value> {
        match self.0 {
            "datetime" => new_datetime(vm, args),
            "date" => {
                let numbers = numbers(vm, args, &["year", "month", "day"])?;
                Ok(Value::object(Date(date(vm, &numbers)?)))
            }
            "time" => {
                let numbers = numbers(vm, args, &["hour", "minute", "second", "microsecond"])?;
                Ok(Value::object(Time(time(vm, &numbers)?)))
            }
            "timedelta" => new_delta(vm, args),
            _ => {
                let mut args = args;
                match args.need(vm, "offset")?.downcast::<Delta>() {
                    Some(delta) => Ok(Value::object(Zone {
                        seconds: i32::try_from(delta.0.as_secs()).unwrap_or_default(),
                    })),
                    None => Err(vm.type_error("timezone() argument 1 must be datetime.timedelta")),
                }
            }
        }
    }

    fn attribute(self: Rc<Self>, vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        Ok(Some(match (self.0, name) {
            (_, "__name__") => Value::str(self.0),
            ("timezone", "utc") => Value::object(Zone { seconds: 0 }),
            ("datetime", "now") => Value::native("now", |vm, mut args| {
                let zone = args.take("tz");
                let offset = zone
                    .as_ref()
                    .map(|zone| offset_of(vm, zone))
                    .transpose()?
                    .flatten();
                DateTime::now(vm, offset).map(Value::object)
            }),
            ("datetime", "utcnow" | "today") => {
                Value::native("utcnow", |vm, _| DateTime::now(vm, None).map(Value::object))
            }
            ("date", "today") => Value::native("today", |vm, _| {
                let now = DateTime::now(vm, None)?;
                Ok(Value::object(Date(now.at.date())))
            }),
            ("datetime", "fromisoformat") => Value::native("fromisoformat", |vm, mut args| {
                let text = args.need(vm, "date_string")?;
                let text = text.as_str().unwrap_or_default();
                match parse(text) {
                    Some(datetime) => Ok(Value::object(datetime)),
                    None => Err(vm.value_error(format!("Invalid isoformat string: '{text}'"))),
                }
            }),
            ("date", "fromisoformat") => Value::native("fromisoformat", |vm, mut args| {
                let text = args.need(vm, "date_string")?;
                let text = text.as_str().unwrap_or_default();
                match text.parse() {
                    Ok(date) => Ok(Value::object(Date(date))),
                    Err(_) => Err(vm.value_error(format!("Invalid isoformat string: '{text}'"))),
                }
            }),
            ("datetime", "fromtimestamp" | "utcfromtimestamp") => {
                let utc = name == "utcfromtimestamp";
                Value::native("fromtimestamp", move |vm, mut args| {
                    let seconds = args.need(vm, "timestamp")?;
                    let zone = args.take("tz");
                    let offset = zone
                        .as_ref()
                        .map(|zone| offset_of(vm, zone))
                        .transpose()?
                        .flatten();
                    if offset.is_none() && !utc && !is_utc(vm) {
                        return Err(vm.unknown("'fromtimestamp' in a time zone of the machine's own"));
                    }
                    from_timestamp(vm, &seconds, offset)
                })
            }
            ("datetime", "strptime") => Value::native("strptime", |vm, mut args| {
                let (text, format) = (args.need(vm, "date_string")?, args.need(vm, "format")?);
                let (text, format) = (
                    text.as_str().unwrap_or_default(),
                    format.as_str().unwrap_or_default(),
                );
                match jiff::fmt::strtime::parse(format, text).and_then(|parsed| parsed.to_datetime()) {
                    Ok(at) => Ok(Value::object(DateTime { at, offset: None })),
                    Err(_) => {
                        Err(vm.value_error(format!("time data '{text}' does not match format '{format}'")))
                    }
                }
            }),
            _ => return Err(vm.unknown(format!("'datetime.{}.{name}'", self.0))),
        }))
    }

    fn is_class_of(self: Rc<Self>, _vm: &mut Vm<'_>, value: &Value) -> Outcome<Option<bool>> {
        Ok(Some(match self.0 {
            "datetime" => value.downcast::<DateTime>().is_some(),
            "date" => value.downcast::<DateTime>().is_some() || value.downcast::<Date>().is_some(),
            "time" => value.downcast::<Time>().is_some(),
            "timedelta" => value.downcast::<Delta>().is_some(),
            _ => value.downcast::<Zone>().is_some(),
        }))
    }
}

/// A date and time in ISO 8601.
pub(crate) fn parse(text: &str) -> Option<DateTime> {
    let text = text.trim();
    let (text, zulu) = match text.strip_suffix(['Z', 'z']) {
        Some(text) => (text, true),
        None => (text, false),
    };
    // A sign behind the time is a zone's.
    let zone_at = text
        .get(11..)
        .and_then(|time| time.rfind(['+', '-']))
        .map(|at| at + 11);
    let (text, offset) = match zone_at {
        Some(at) => {
            let digits: String = text[at + 1..].chars().filter(char::is_ascii_digit).collect();
            let hours: i32 = digits.get(..2)?.parse().ok()?;
            let minutes: i32 = digits.get(2..4).unwrap_or("0").parse().ok()?;
            let seconds = hours * 3600 + minutes * 60;
            (
                &text[..at],
                Some(if text[at..].starts_with('-') {
                    -seconds
                } else {
                    seconds
                }),
            )
        }
        None => (text, zulu.then_some(0)),
    };
    let at = match text.parse::<civil::DateTime>() {
        Ok(at) => at,
        Err(_) => text
            .parse::<civil::Date>()
            .ok()?
            .to_datetime(civil::Time::midnight()),
    };
    Some(DateTime { at, offset })
}

/// Whether the machine's own time zone is UTC, as it is in most containers.
fn is_utc(vm: &Vm<'_>) -> bool {
    const NAMES: [&str; 6] = ["", "UTC", "UTC0", "Etc/UTC", "GMT", "Universal"];
    let zone = vm.settings.environment.iter().find(|(name, _)| name == "TZ");
    match zone {
        Some((_, zone)) => NAMES.contains(&zone.trim_start_matches(':')),
        None => match std::fs::canonicalize("/etc/localtime") {
            Ok(path) => NAMES[1..].iter().any(|name| path.ends_with(name)),
            Err(_) => true,
        },
    }
}

/// The number of the day, where the first of January of the year 1 is 1.
fn ordinal(date: civil::Date) -> Value {
    let first = civil::date(1, 1, 1);
    Value::Int(i128::from(date.duration_since(first).as_hours() / 24 + 1))
}

fn offset_of(vm: &Vm<'_>, zone: &Value) -> Outcome<Option<i32>> {
    match zone.downcast::<Zone>() {
        Some(zone) => Ok(Some(zone.seconds)),
        None if zone.is_none() => Ok(None),
        None => Err(vm.unknown(format!("a time zone that is a {}", zone.type_name()))),
    }
}

#[allow(clippy::cast_possible_truncation)]
fn from_timestamp(vm: &Vm<'_>, seconds: &Value, offset: Option<i32>) -> Outcome<Value> {
    let seconds = as_float(seconds).unwrap_or(f64::NAN);
    let timestamp = Timestamp::from_microsecond((seconds * 1e6).round() as i64);
    match timestamp {
        Ok(timestamp) if seconds.is_finite() => {
            let at = timestamp.to_zoned(jiff::tz::TimeZone::UTC).datetime();
            let shift = SignedDuration::from_secs(offset.unwrap_or_default().into());
            let at = at.checked_add(shift).unwrap_or(at);
            Ok(Value::object(DateTime { at, offset }))
        }
        _ => Err(vm.value_error("timestamp out of range")),
    }
}

fn numbers(vm: &Vm<'_>, mut args: Args, names: &[&str]) -> Outcome<Vec<i64>> {
    let mut numbers = Vec::new();
    for name in names {
        let number = match args.take(name) {
            Some(value) => as_int(&value).and_then(|number| i64::try_from(number).ok()),
            None => Some(0),
        };
        match number {
            Some(number) => numbers.push(number),
            None => return Err(vm.type_error("an integer is required")),
        }
    }
    args.finish(vm, "date")?;
    Ok(numbers)
}

fn date(vm: &Vm<'_>, numbers: &[i64]) -> Outcome<civil::Date> {
    let part = |at: usize| numbers.get(at).copied().unwrap_or_default();
    let date = (
        i16::try_from(part(0)),
        i8::try_from(part(1)),
        i8::try_from(part(2)),
    );
    match date {
        (Ok(year), Ok(month), Ok(day)) => {
            civil::Date::new(year, month, day).map_err(|_| vm.value_error("day is out of range for month"))
        }
        _ => Err(vm.value_error("month must be in 1..12")),
    }
}

fn time(vm: &Vm<'_>, numbers: &[i64]) -> Outcome<civil::Time> {
    let part = |at: usize| numbers.get(at).copied().unwrap_or_default();
    let parts = (
        i8::try_from(part(0)),
        i8::try_from(part(1)),
        i8::try_from(part(2)),
        i32::try_from(part(3) * 1000),
    );
    match parts {
        (Ok(hour), Ok(minute), Ok(second), Ok(nanos)) => {
            civil::Time::new(hour, minute, second, nanos).map_err(|_| vm.value_error("hour must be in 0..23"))
        }
        _ => Err(vm.value_error("hour must be in 0..23")),
    }
}

fn new_datetime(vm: &Vm<'_>, mut args: Args) -> Outcome<Value> {
    let zone = args.keyword("tzinfo").or_else(|| {
        (args.positional.len() > 7)
            .then(|| args.positional.remove(7))
            .flatten()
    });
    let offset = zone
        .as_ref()
        .map(|zone| offset_of(vm, zone))
        .transpose()?
        .flatten();
    let names = ["year", "month", "day", "hour", "minute", "second", "microsecond"];
    let numbers = numbers(vm, args, &names)?;
    let at = date(vm, &numbers[..3])?.to_datetime(time(vm, &numbers[3..])?);
    Ok(Value::object(DateTime { at, offset }))
}

impl Object for DateTime {
    fn class_name(&self) -> &str {
        "datetime"
    }

    fn attribute(self: Rc<Self>, vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        let at = self.at;
        Ok(Some(match name {
            "year" => Value::Int(at.year().into()),
            "month" => Value::Int(at.month().into()),
            "day" => Value::Int(at.day().into()),
            "hour" => Value::Int(at.hour().into()),
            "minute" => Value::Int(at.minute().into()),
            "second" => Value::Int(at.second().into()),
            "microsecond" => Value::Int((at.subsec_nanosecond() / 1000).into()),
            "tzinfo" => self
                .offset
                .map_or(Value::None, |seconds| Value::object(Zone { seconds })),
            "__class__" => Value::object(Class("datetime")),
            "isoformat" => Value::native("isoformat", move |vm, mut args| {
                let separator = args.take("sep");
                let separator = separator
                    .as_ref()
                    .and_then(Value::as_str)
                    .and_then(|text| text.chars().next());
                if args.take("timespec").is_some() {
                    return Err(vm.unknown("'timespec'"));
                }
                Ok(Value::str(self.iso(separator.unwrap_or('T'))))
            }),
            "strftime" => Value::native("strftime", move |vm, mut args| {
                let format = args.need(vm, "format")?;
                strftime(vm, self.at, format.as_str().unwrap_or_default())
            }),
            "__format__" => Value::native("__format__", move |vm, mut args| {
                let format = args.need(vm, "format")?;
                strftime(vm, self.at, format.as_str().unwrap_or_default())
            }),
            "toordinal" => Value::native("toordinal", move |_, _| Ok(ordinal(self.at.date()))),
            "date" => Value::native("date", move |_, _| Ok(Value::object(Date(self.at.date())))),
            "time" => Value::native("time", move |_, _| Ok(Value::object(Time(self.at.time())))),
            "timestamp" => Value::native("timestamp", move |vm, _| match (self.offset, self.timestamp()) {
                #[allow(clippy::cast_precision_loss)]
                (Some(_), Some(timestamp)) => Ok(Value::Float(timestamp.as_microsecond() as f64 / 1e6)),
                _ => Err(vm.unknown("'timestamp' of a time without a zone")),
            }),
            "astimezone" => Value::native("astimezone", move |vm, mut args| {
                let zone = args.need(vm, "tz")?;
                match (self.offset, offset_of(vm, &zone)?) {
                    (Some(_), Some(offset)) => {
                        let shift = SignedDuration::from_secs(offset.into());
                        let at = self.utc().checked_add(shift).unwrap_or(self.at);
                        Ok(Value::object(Self {
                            at,
                            offset: Some(offset),
                        }))
                    }
                    _ => Err(vm.unknown("'astimezone' of a time without a zone")),
                }
            }),
            "replace" => Value::native("replace", move |vm, mut args| {
                let zone = args.keyword("tzinfo");
                let offset = match &zone {
                    Some(zone) => offset_of(vm, zone)?,
                    None => self.offset,
                };
                let at = self.at;
                let parts: [(&str, i64); 7] = [
                    ("year", at.year().into()),
                    ("month", at.month().into()),
                    ("day", at.day().into()),
                    ("hour", at.hour().into()),
                    ("minute", at.minute().into()),
                    ("second", at.second().into()),
                    ("microsecond", (at.subsec_nanosecond() / 1000).into()),
                ];
                let mut changed = Args::default();
                for (name, old) in parts {
                    let value = args.take(name).unwrap_or_else(|| Value::Int(old.into()));
                    changed.positional.push_back(value);
                }
                args.finish(vm, "replace")?;
                let new = new_datetime(vm, changed)?;
                let at = new.downcast::<Self>().map_or(at, |new| new.at);
                Ok(Value::object(Self { at, offset }))
            }),
            _ => return Err(vm.unknown(format!("'{name}' of datetime"))),
        }))
    }

    fn binary(self: Rc<Self>, vm: &mut Vm<'_>, op: Binary, other: &Value, _: bool) -> Outcome<Option<Value>> {
        if let Some(delta) = other.downcast::<Delta>() {
            let at = match op {
                Binary::Add => self.at.checked_add(delta.0),
                Binary::Sub => self.at.checked_sub(delta.0),
                _ => return Ok(None),
            };
            let at = at.map_err(|_| vm.raise("OverflowError", "date value out of range"))?;
            return Ok(Some(Value::object(Self {
                at,
                offset: self.offset,
            })));
        }
        let (Some(other), Binary::Sub) = (other.downcast::<Self>(), op) else {
            return Ok(None);
        };
        match (self.timestamp(), other.timestamp()) {
            (Some(a), Some(b)) => Ok(Some(Value::object(Delta(a.duration_since(b))))),
            _ => Ok(None),
        }
    }

    fn compare(
        self: Rc<Self>,
        vm: &mut Vm<'_>,
        op: Compare,
        other: &Value,
        _: bool,
    ) -> Outcome<Option<Value>> {
        let Some(other) = other.downcast::<Self>() else {
            return Ok(None);
        };
        if self.offset.is_some() != other.offset.is_some() && !matches!(op, Compare::Eq | Compare::NotEq) {
            return Err(vm.type_error("can't compare offset-naive and offset-aware datetimes"));
        }
        Ok(Some(ordered(op, self.utc().cmp(&other.utc()))))
    }

    fn key(&self) -> Option<Key> {
        Some(Key::Value("datetime", self.iso(' ')))
    }

    fn to_str(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<String> {
        Ok(self.iso(' '))
    }

    fn repr(self: Rc<Self>, vm: &mut Vm<'_>) -> Outcome<String> {
        if self.offset.is_some() {
            return Err(vm.unknown("'repr()' of a time with a zone"));
        }
        let at = self.at;
        let mut parts = vec![
            at.year().to_string(),
            at.month().to_string(),
            at.day().to_string(),
            at.hour().to_string(),
            at.minute().to_string(),
        ];
        let micros = at.subsec_nanosecond() / 1000;
        if at.second() != 0 || micros != 0 {
            parts.push(at.second().to_string());
        }
        if micros != 0 {
            parts.push(micros.to_string());
        }
        Ok(format!("datetime.datetime({})", parts.join(", ")))
    }
}

fn strftime(vm: &Vm<'_>, at: civil::DateTime, format: &str) -> Outcome<Value> {
    let micros = format!("{:06}", at.subsec_nanosecond() / 1000);
    let format = format.replace("%f", &micros);
    match jiff::fmt::strtime::format(&format, at) {
        Ok(text) => Ok(Value::str(text)),
        Err(error) => Err(vm.unknown(format!("the format '{format}' ({error})"))),
    }
}

fn ordered(op: Compare, ordering: std::cmp::Ordering) -> Value {
    Value::Bool(match op {
        Compare::Eq => ordering.is_eq(),
        Compare::NotEq => ordering.is_ne(),
        Compare::Lt => ordering.is_lt(),
        Compare::LtE => ordering.is_le(),
        Compare::Gt => ordering.is_gt(),
        Compare::GtE => ordering.is_ge(),
    })
}

impl Object for Zone {
    fn class_name(&self) -> &str {
        "timezone"
    }
}
