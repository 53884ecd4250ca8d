//! Where the body of a routine, trigger or event ends (MySQL manual, 15.6 "Compound Statement Syntax"; MariaDB's
//! "Programmatic & Compound Statements"), so that a `;` inside it does not end the statement and no `DELIMITER` is needed.
//!
//! Most words that open or close a block mean something else elsewhere: IF and REPEAT are functions too, CASE is also an
//! expression, BEGIN and END can be columns. What decides is the place: whether a statement may start there.

use crate::dialect::lex::{TokenKind, keyword};

const KEYWORDS: [&str; 51] = [
    "AGGREGATE",
    "ALTER",
    "AND",
    "ATOMIC",
    "BEGIN",
    "BETWEEN",
    "CASE",
    "CHAR",
    "CHARACTER",
    "CREATE",
    "DECLARE",
    "DEFINER",
    "DIV",
    "DO",
    "EACH",
    "ELSE",
    "ELSEIF",
    "END",
    "EVENT",
    "EXISTS",
    "FOLLOWS",
    "FOR",
    "FUNCTION",
    "HANDLER",
    "IF",
    "IN",
    "IS",
    "LIKE",
    "LOOP",
    "MOD",
    "NOT",
    "OR",
    "PRECEDES",
    "PROCEDURE",
    "REGEXP",
    "REPEAT",
    "REPLACE",
    "RETURN",
    "RETURNS",
    "RLIKE",
    "ROW",
    "SELECT",
    "SET",
    "SQLSTATE",
    "THEN",
    "TRIGGER",
    "UNTIL",
    "VALUE",
    "WHEN",
    "WHILE",
    "XOR",
];

/// Words that start a body of one statement. They end a routine's characteristics, behind which BEGIN, IF and so on
/// would be a body's start.
const STATEMENTS: [&str; 24] = [
    "ALTER", "ANALYZE", "CALL", "COMMIT", "CREATE", "DELETE", "DO", "DROP", "EXECUTE", "GET", "INSERT",
    "PREPARE", "RENAME", "REPLACE", "RESIGNAL", "RETURN", "ROLLBACK", "SELECT", "SHOW", "SIGNAL", "START",
    "TRUNCATE", "UPDATE", "WITH",
];

/// Keywords behind which an operand must follow.
const OPERATORS: [&str; 16] = [
    "AND", "BETWEEN", "CASE", "DIV", "ELSE", "IN", "IS", "LIKE", "MOD", "NOT", "OR", "REGEXP", "RLIKE",
    "THEN", "WHEN", "XOR",
];

/// The blocks of one statement, as far as it has been read.
#[derive(Default)]
pub(super) struct Body {
    phase: Phase,
    place: Place,
    blocks: Vec<Block>,
    parens: usize,
    last: Last,
}

#[derive(Clone, Copy, PartialEq, Default)]
enum Phase {
    #[default]
    Start,
    /// BEGIN at the start: a transaction's, unless NOT ATOMIC follows.
    Begin(usize),
    /// CREATE or ALTER, and what may stand before the kind of thing.
    Create,
    /// DEFINER, then its `=`: the next token is a user's name, whatever it looks like.
    Definer,
    /// PROCEDURE, FUNCTION, TRIGGER or EVENT, before the name.
    Named(Object),
    /// Behind the name, before the body.
    Header(Object),
    /// In a body.
    Code,
    /// No body can follow.
    Plain,
}

#[derive(Clone, Copy, PartialEq)]
enum Object {
    /// A procedure or function; also a trigger, from FOR EACH ROW on.
    Routine,
    Trigger,
    Event,
}

/// Where in a body's statement the next token stands.
#[derive(Clone, Copy, PartialEq, Default)]
enum Place {
    /// Where a statement may start.
    #[default]
    Start,
    /// Behind a statement's first word, which was a label if a colon follows.
    Label,
    Middle,
    /// BEGIN NOT, before ATOMIC.
    Not,
    /// In DECLARE, before the word HANDLER if there is one.
    Declare,
    /// DECLARE … HANDLER, before FOR.
    Handler,
    /// Where a handler's condition must follow.
    Condition,
    /// Behind a condition: another comes behind a comma, else the handler's statement.
    Conditioned,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Begin,
    If,
    /// CASE as a statement.
    Case,
    /// CASE as an expression.
    Expression,
    /// WHILE or FOR before its DO.
    Head,
    Repeat,
    /// REPEAT … UNTIL: its END stands behind an expression, not behind a `;`.
    Until,
    Loop,
}

struct Block {
    kind: Kind,
    /// How many parentheses were open around it.
    parens: usize,
    start: usize,
}

/// The last significant token.
#[derive(Clone, Copy, PartialEq, Default)]
enum Last {
    #[default]
    Other,
    /// One of the keywords.
    Keyword(&'static str),
    /// An operator, a comma, a dot or an opening parenthesis.
    Operator,
    Dot,
}

impl Body {
    /// Whether no block is open, so that a `;` would end the statement. A CASE expression can hold no `;`: one that is
    /// still open is a mistake which must not swallow what follows.
    pub(super) fn is_closed(&self) -> bool {
        self.blocks.iter().all(|block| block.kind == Kind::Expression)
    }

    /// Where the outermost open block starts, and what it is.
    pub(super) fn open(&self) -> Option<(usize, &'static str)> {
        let block = self.blocks.iter().find(|block| block.kind != Kind::Expression)?;
        let what = match block.kind {
            Kind::Begin | Kind::Expression => "BEGIN block",
            Kind::If => "IF statement",
            Kind::Case => "CASE statement",
            Kind::Head | Kind::Repeat | Kind::Until | Kind::Loop => "loop",
        };
        Some((block.start, what))
    }

    /// Reads one significant token of the statement.
    pub(super) fn follow(&mut self, kind: TokenKind, text: &str, start: usize) {
        // Behind a dot any word is a name.
        let word = if kind == TokenKind::Word && self.last != Last::Dot {
            keyword(&KEYWORDS, text)
        } else {
            ""
        };
        match self.phase {
            Phase::Plain => return,
            Phase::Code => self.code(kind, text, word, start),
            _ => self.head(kind, text, word, start),
        }
        match text {
            "(" => self.parens += 1,
            ")" => self.parens = self.parens.saturating_sub(1),
            _ => {}
        }
        self.last = match (kind, text) {
            (_, ".") => Last::Dot,
            (TokenKind::Symbol, ")") => Last::Other,
            (TokenKind::Symbol, _) => Last::Operator,
            _ if word.is_empty() => Last::Other,
            _ => Last::Keyword(word),
        };
    }

    fn open_block(&mut self, kind: Kind, start: usize) {
        self.blocks.push(Block {
            kind,
            parens: self.parens,
            start,
        });
    }

    fn top(&self) -> Option<Kind> {
        self.blocks.last().map(|block| block.kind)
    }

    /// What stands before a body.
    fn head(&mut self, kind: TokenKind, text: &str, word: &'static str, start: usize) {
        let named = matches!(kind, TokenKind::Word | TokenKind::Name);
        self.phase = match (self.phase, word) {
            (Phase::Start, "CREATE" | "ALTER") => Phase::Create,
            (Phase::Start, "BEGIN") => Phase::Begin(start),
            // MariaDB runs these outside of routines too; to MySQL they are errors at any rate.
            (Phase::Start, "IF" | "CASE" | "LOOP" | "WHILE" | "REPEAT" | "FOR") => {
                return self.enter(word, start);
            }
            (Phase::Begin(start), "NOT") => {
                self.open_block(Kind::Begin, start);
                self.place = Place::Not;
                Phase::Code
            }
            (Phase::Create, "PROCEDURE" | "FUNCTION") => Phase::Named(Object::Routine),
            (Phase::Create, "TRIGGER") => Phase::Named(Object::Trigger),
            (Phase::Create, "EVENT") => Phase::Named(Object::Event),
            (Phase::Create, "DEFINER") => Phase::Definer,
            (Phase::Create, "OR" | "REPLACE" | "AGGREGATE") => Phase::Create,
            (Phase::Create, _) if kind == TokenKind::Word && !self.follows_at() => Phase::Plain,
            (Phase::Create, _) => Phase::Create,
            (Phase::Definer, _) if text == "=" => Phase::Definer,
            (Phase::Definer, _) => Phase::Create,
            (Phase::Named(_), "IF" | "NOT" | "EXISTS") => self.phase,
            (Phase::Named(object), _) if named => Phase::Header(object),
            (Phase::Named(_), _) => self.phase,
            (Phase::Header(object), _) => return self.header(object, kind, text, word, start),
            (Phase::Start | Phase::Begin(_) | Phase::Code | Phase::Plain, _) => Phase::Plain,
        };
    }

    /// Whether the last token was the `@` of `user @ host`.
    fn follows_at(&self) -> bool {
        self.last == Last::Operator
    }

    /// What stands between a routine's name and its body.
    fn header(&mut self, object: Object, kind: TokenKind, text: &str, word: &'static str, start: usize) {
        if self.parens > 0 || kind != TokenKind::Word {
            return;
        }
        match (object, word) {
            (Object::Trigger, "ROW") if self.last == Last::Keyword("EACH") => {
                self.phase = Phase::Header(Object::Routine);
            }
            (Object::Event, "DO") => self.phase = Phase::Code,
            (Object::Trigger | Object::Event, _) => {}
            // The name of another trigger.
            (Object::Routine, _)
                if matches!(self.last, Last::Keyword("FOLLOWS" | "PRECEDES") | Last::Dot) => {}
            (Object::Routine, "BEGIN" | "IF" | "CASE" | "LOOP" | "WHILE" | "REPEAT" | "FOR") => {
                self.enter(word, start);
            }
            // A type, SET('a', 'b') or VARCHAR(9) CHARACTER SET x; else the statement.
            (Object::Routine, "SET")
                if matches!(self.last, Last::Keyword("RETURNS" | "CHARACTER" | "CHAR")) => {}
            (Object::Routine, _) if word == "SET" || !keyword(&STATEMENTS, text).is_empty() => {
                self.enter(word, start);
            }
            (Object::Routine, _) => {}
        }
    }

    /// Reads the first word of a body.
    fn enter(&mut self, word: &'static str, start: usize) {
        self.phase = Phase::Code;
        self.statement(TokenKind::Word, word, start);
    }

    fn code(&mut self, kind: TokenKind, text: &str, word: &'static str, start: usize) {
        if text == ";" {
            while self.top() == Some(Kind::Expression) {
                self.blocks.pop();
            }
            self.parens = 0;
            self.place = Place::Start;
            return;
        }
        match self.place {
            Place::Start => self.statement(kind, word, start),
            Place::Label if text == ":" => self.place = Place::Start,
            Place::Label | Place::Middle => self.expression(word, start),
            Place::Not => self.place = Place::Start,
            Place::Declare if word == "HANDLER" => self.place = Place::Handler,
            Place::Handler if word == "FOR" => self.place = Place::Condition,
            Place::Declare | Place::Handler => {}
            // NOT FOUND, SQLSTATE [VALUE] '…', or one word or number.
            Place::Condition if matches!(word, "NOT" | "SQLSTATE" | "VALUE") => {}
            Place::Condition => self.place = Place::Conditioned,
            Place::Conditioned if text == "," => self.place = Place::Condition,
            Place::Conditioned => self.statement(kind, word, start),
        }
    }

    /// Reads a token where a statement may start.
    fn statement(&mut self, kind: TokenKind, word: &'static str, start: usize) {
        let (opened, place) = match word {
            "BEGIN" => (Some(Kind::Begin), Place::Start),
            "IF" => (Some(Kind::If), Place::Middle),
            "CASE" => (Some(Kind::Case), Place::Middle),
            "LOOP" => (Some(Kind::Loop), Place::Start),
            "REPEAT" => (Some(Kind::Repeat), Place::Start),
            "WHILE" | "FOR" => (Some(Kind::Head), Place::Middle),
            "UNTIL" if self.top() == Some(Kind::Repeat) => {
                self.blocks.pop();
                (Some(Kind::Until), Place::Middle)
            }
            "END" => {
                self.blocks.pop();
                (None, Place::Middle)
            }
            "ELSE" if matches!(self.top(), Some(Kind::If | Kind::Case)) => (None, Place::Start),
            "NOT" if self.last == Last::Keyword("BEGIN") => (None, Place::Not),
            "DECLARE" => (None, Place::Declare),
            _ if matches!(kind, TokenKind::Word | TokenKind::Name) => (None, Place::Label),
            _ => (None, Place::Middle),
        };
        if let Some(kind) = opened {
            self.open_block(kind, start);
        }
        self.place = place;
    }

    /// Reads a token inside a statement.
    fn expression(&mut self, word: &'static str, start: usize) {
        self.place = Place::Middle;
        match (word, self.top()) {
            ("CASE", _) if self.last != Last::Keyword("END") => self.open_block(Kind::Expression, start),
            ("THEN", Some(Kind::If | Kind::Case)) => self.place = Place::Start,
            ("DO", Some(Kind::Head)) => {
                if let Some(block) = self.blocks.last_mut() {
                    block.kind = Kind::Loop;
                }
                self.place = Place::Start;
            }
            ("END", Some(Kind::Expression | Kind::Until)) if self.may_end() => drop(self.blocks.pop()),
            _ => {}
        }
    }

    /// Whether END closes the expression before it, and is not a column in it: it stands behind an operand, at the same
    /// depth of parentheses.
    fn may_end(&self) -> bool {
        let same = self
            .blocks
            .last()
            .is_some_and(|block| block.parens == self.parens);
        let operand = match self.last {
            Last::Other => true,
            Last::Keyword(word) => !OPERATORS.contains(&word),
            Last::Operator | Last::Dot => false,
        };
        same && operand
    }
}
