use super::{Filter, Order, Text};
use gongkai_model::{FormId, ScopeKind};

/// Bytes of a filter, its comparisons, and how deep it may be nested: what is larger was not written by a person.
const BYTES_MAX: usize = 4096;
const COMPARISONS_MAX: usize = 100;
const DEPTH_MAX: usize = 32;

/// A filter cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {problem}")]
pub(crate) struct FilterError {
    /// The character at which it goes wrong, counted from 1.
    pub(crate) column: usize,
    problem: String,
}

/// Reads a filter; none where it is empty.
pub(super) fn parse(text: &str) -> Result<Option<Filter>, FilterError> {
    if BYTES_MAX < text.len() {
        let problem = format!("the filter has {} bytes, at most {BYTES_MAX} are read", text.len());
        return Err(FilterError { column: 1, problem });
    }
    let tokens = tokens(text)?;
    if tokens.len() == 1 {
        return Ok(None);
    }
    let mut parser = Parser { tokens: &tokens, at: 0, depth: 0, comparisons: 0 };
    let filter = parser.expression()?;
    match &parser.next().kind {
        Kind::End => Ok(Some(filter)),
        other => Err(parser.before(format!("expected AND, OR or the end, found {}", other.name()))),
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Token {
    column: usize,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Open,
    Close,
    Minus,
    Operator(Operator),
    /// Without quotes, so that AND, OR and NOT are none.
    Quoted(String),
    Word(String),
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Has,
}

impl Operator {
    /// The longer ones first, so that `<=` is not `<`.
    const ALL: [(&'static str, Self); 7] = [
        ("!=", Self::NotEqual),
        ("<=", Self::LessOrEqual),
        (">=", Self::GreaterOrEqual),
        ("=", Self::Equal),
        ("<", Self::Less),
        (">", Self::Greater),
        (":", Self::Has),
    ];
}

impl Kind {
    fn name(&self) -> String {
        match self {
            Self::Open => "`(`".to_owned(),
            Self::Close => "`)`".to_owned(),
            Self::Minus => "`-`".to_owned(),
            Self::Operator(operator) => {
                let named = Operator::ALL.iter().find(|(_, other)| other == operator);
                format!("`{}`", named.map_or("", |(name, _)| name))
            }
            Self::Quoted(text) => format!("\"{text}\""),
            Self::Word(word) => format!("`{word}`"),
            Self::End => "the end".to_owned(),
        }
    }
}

/// Cuts a filter into tokens; the last one is the end.
fn tokens(text: &str) -> Result<Vec<Token>, FilterError> {
    let mut tokens = Vec::new();
    let mut characters = text.char_indices().zip(1..).peekable();
    while let Some(&((at, character), column)) = characters.peek() {
        let rest = &text[at..];
        let operator = Operator::ALL.iter().find(|(name, _)| rest.starts_with(name));
        let kind = match (character, operator) {
            (character, _) if character.is_whitespace() => {
                characters.next();
                continue;
            }
            (_, Some((name, operator))) => {
                for _ in name.chars() {
                    characters.next();
                }
                Kind::Operator(*operator)
            }
            ('(', _) => {
                characters.next();
                Kind::Open
            }
            (')', _) => {
                characters.next();
                Kind::Close
            }
            ('-', _) => {
                characters.next();
                Kind::Minus
            }
            ('"' | '\'', _) => {
                characters.next();
                let mut quoted = String::new();
                loop {
                    match characters.next() {
                        Some(((_, next), _)) if next == character => break,
                        Some(((_, '\\'), _)) => match characters.next() {
                            Some(((_, escaped), _)) => quoted.push(escaped),
                            None => return Err(unclosed(column)),
                        },
                        Some(((_, next), _)) => quoted.push(next),
                        None => return Err(unclosed(column)),
                    }
                }
                Kind::Quoted(quoted)
            }
            _ => {
                let mut word = String::new();
                while let Some(&((at, next), _)) = characters.peek()
                    && !next.is_whitespace()
                    && !matches!(next, '(' | ')' | '"' | '\'')
                    && !Operator::ALL.iter().any(|(name, _)| text[at..].starts_with(name))
                {
                    word.push(next);
                    characters.next();
                }
                Kind::Word(word)
            }
        };
        tokens.push(Token { column, kind });
    }
    tokens.push(Token { column: text.chars().count() + 1, kind: Kind::End });
    Ok(tokens)
}

fn unclosed(column: usize) -> FilterError {
    FilterError { column, problem: "the quotation mark is not closed".to_owned() }
}

struct Parser<'a> {
    /// Ends with [`Kind::End`].
    tokens: &'a [Token],
    at: usize,
    depth: usize,
    comparisons: usize,
}

impl<'a> Parser<'a> {
    /// Terms joined by AND, each of them alternatives joined by OR.
    fn expression(&mut self) -> Result<Filter, FilterError> {
        let mut all = vec![self.alternatives()?];
        while self.take_word("AND") {
            all.push(self.alternatives()?);
        }
        Ok(joined(all, Filter::And))
    }

    fn alternatives(&mut self) -> Result<Filter, FilterError> {
        let mut any = vec![self.term()?];
        while self.take_word("OR") {
            any.push(self.term()?);
        }
        Ok(joined(any, Filter::Or))
    }

    fn term(&mut self) -> Result<Filter, FilterError> {
        let mut is_negated = false;
        while self.take_word("NOT") || self.take(&Kind::Minus) {
            is_negated = !is_negated;
        }
        let term = if self.take(&Kind::Open) { self.parenthesis()? } else { self.comparison()? };
        Ok(if is_negated { Filter::Not(Box::new(term)) } else { term })
    }

    fn parenthesis(&mut self) -> Result<Filter, FilterError> {
        self.depth += 1;
        if DEPTH_MAX < self.depth {
            return Err(self.before(format!("parentheses are nested deeper than {DEPTH_MAX}")));
        }
        let inner = self.expression()?;
        self.depth -= 1;
        match &self.next().kind {
            Kind::Close => Ok(inner),
            other => Err(self.before(format!("expected `)`, AND or OR, found {}", other.name()))),
        }
    }

    fn comparison(&mut self) -> Result<Filter, FilterError> {
        self.comparisons += 1;
        if COMPARISONS_MAX < self.comparisons {
            return Err(self.before(format!("there are more than {COMPARISONS_MAX} comparisons")));
        }
        let field = match &self.next().kind {
            Kind::Word(word) => Field::named(word).ok_or_else(|| {
                let names: Vec<_> = Field::ALL.iter().map(|(name, _)| *name).collect();
                self.before(format!("there is no field `{word}`; there are {}", names.join(", ")))
            })?,
            other => return Err(self.before(format!("expected a field, found {}", other.name()))),
        };
        let operator = match &self.next().kind {
            Kind::Operator(operator) => *operator,
            other => {
                return Err(self.before(format!("expected =, !=, <, <=, >, >= or :, found {}", other.name())));
            }
        };
        let operator_at = self.at;
        let value = match &self.next().kind {
            Kind::Word(word) if !matches!(&**word, "AND" | "OR" | "NOT") => {
                Value { text: word, is_quoted: false }
            }
            Kind::Quoted(text) => Value { text, is_quoted: true },
            other => return Err(self.before(format!("expected a value, found {}", other.name()))),
        };
        compare(field, operator, &value).map_err(|problem| match problem {
            Problem::Operator(problem) => self.at_token(operator_at, problem),
            Problem::Value(problem) => self.before(problem),
        })
    }

    /// The next token. After the end comes the end again.
    fn next(&mut self) -> &'a Token {
        let token = &self.tokens[self.at.min(self.tokens.len() - 1)];
        self.at += 1;
        token
    }

    fn take(&mut self, kind: &Kind) -> bool {
        let is_next = self.tokens.get(self.at).is_some_and(|token| token.kind == *kind);
        self.at += usize::from(is_next);
        is_next
    }

    fn take_word(&mut self, word: &str) -> bool {
        self.take(&Kind::Word(word.to_owned()))
    }

    /// A complaint about the token that was taken last.
    fn before(&self, problem: String) -> FilterError {
        self.at_token(self.at, problem)
    }

    /// A complaint about the token before place `at`.
    fn at_token(&self, at: usize, problem: String) -> FilterError {
        let token = at.saturating_sub(1).min(self.tokens.len() - 1);
        FilterError { column: self.tokens[token].column, problem }
    }
}

fn joined(mut parts: Vec<Filter>, join: fn(Vec<Filter>) -> Filter) -> Filter {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            parts.extend(last);
            join(parts)
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Year,
    Form,
    Scope,
    Text(Text),
}

impl Field {
    const ALL: [(&'static str, Self); 9] = [
        ("year", Self::Year),
        ("form", Self::Form),
        ("region", Self::Text(Text::Region)),
        ("region.name", Self::Text(Text::RegionName)),
        ("region.code", Self::Text(Text::RegionCode)),
        ("issuer", Self::Text(Text::Issuer)),
        ("subject", Self::Text(Text::Subject)),
        ("scope", Self::Scope),
        ("title", Self::Text(Text::Title)),
    ];

    fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, field)| *field)
    }
}

struct Value<'a> {
    text: &'a str,
    is_quoted: bool,
}

/// What is wrong with a comparison, and with which part of it.
enum Problem {
    Operator(String),
    Value(String),
}

fn compare(field: Field, operator: Operator, value: &Value<'_>) -> Result<Filter, Problem> {
    let negated = |filter: Filter| Filter::Not(Box::new(filter));
    let unfit = |expected: &str| Err(Problem::Operator(format!("expected {expected} here")));
    let equal = |is: Filter| match operator {
        Operator::Equal => Ok(is),
        Operator::NotEqual => Ok(negated(is)),
        Operator::Less
        | Operator::LessOrEqual
        | Operator::Greater
        | Operator::GreaterOrEqual
        | Operator::Has => unfit("= or !="),
    };
    match field {
        Field::Year => {
            let year = value.text.parse().ok().filter(|year| (1..=9999).contains(year));
            let year = year.ok_or_else(|| Problem::Value("expected a year from 1 to 9999".to_owned()));
            let ordered = |order| Ok(Filter::Year(order, year?));
            match operator {
                Operator::Equal => ordered(Order::Equal),
                Operator::NotEqual => ordered(Order::Equal).map(negated),
                Operator::Less => ordered(Order::Less),
                Operator::LessOrEqual => ordered(Order::LessOrEqual),
                Operator::Greater => ordered(Order::Greater),
                Operator::GreaterOrEqual => ordered(Order::GreaterOrEqual),
                Operator::Has => unfit("=, !=, <, <=, > or >="),
            }
        }
        Field::Form => match FormId::from_name(value.text) {
            Some(form) => equal(Filter::Form(form)),
            None => Err(Problem::Value("expected none, 2014, 2019 or 2021".to_owned())),
        },
        Field::Scope => {
            let scopes = [ScopeKind::Organ, ScopeKind::OwnLevel, ScopeKind::WholeArea, ScopeKind::Unknown];
            match scopes.into_iter().find(|scope| scope.name() == value.text) {
                Some(scope) => equal(Filter::Scope(scope)),
                None => Err(Problem::Value("expected ORGAN, OWN_LEVEL, WHOLE_AREA or UNKNOWN".to_owned())),
            }
        }
        Field::Text(text) => match operator {
            Operator::Has if !value.is_quoted && value.text == "*" => Ok(Filter::Has(text, String::new())),
            Operator::Has => Ok(Filter::Has(text, value.text.to_owned())),
            Operator::Equal => Ok(Filter::Is(text, value.text.to_owned())),
            Operator::NotEqual => Ok(negated(Filter::Is(text, value.text.to_owned()))),
            Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
                unfit("=, != or :")
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The complaint about a filter.
    fn error(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn a_complaint_points_at_the_column() {
        assert_eq!(error("year = 2019 AND"), "column 16: expected a field, found the end");
        assert_eq!(error("year >= MMXIX"), "column 9: expected a year from 1 to 9999");
        assert_eq!(
            error("区域 = 杭州市"),
            "column 1: there is no field `区域`; there are year, form, region, region.name, region.code, issuer, subject, scope, title"
        );
        assert_eq!(error("year 2019"), "column 6: expected =, !=, <, <=, >, >= or :, found `2019`");
        assert_eq!(error("form < 2019"), "column 6: expected = or != here");
        assert_eq!(error("form = 2018"), "column 8: expected none, 2014, 2019 or 2021");
        assert_eq!(error("issuer > 甲"), "column 8: expected =, != or : here");
        assert_eq!(
            error("region = 东安市 year = 2019"),
            "column 14: expected AND, OR or the end, found `year`"
        );
        assert_eq!(error("(year = 2019"), "column 13: expected `)`, AND or OR, found the end");
        assert_eq!(error("year = 2019)"), "column 12: expected AND, OR or the end, found `)`");
        assert_eq!(error("issuer = \"甲"), "column 10: the quotation mark is not closed");
        assert_eq!(error("issuer = AND"), "column 10: expected a value, found `AND`");
        assert_eq!(error("= 2019"), "column 1: expected a field, found `=`");
    }

    #[test]
    fn nothing_is_no_filter() {
        assert_eq!(parse(""), Ok(None));
        assert_eq!(parse(" \t "), Ok(None));
    }

    #[test]
    fn quoted_values_may_hold_anything() {
        let is = |text: &str| Ok(Some(Filter::Is(Text::Issuer, text.to_owned())));
        assert_eq!(parse(r#"issuer = "甲 AND (乙)""#), is("甲 AND (乙)"));
        assert_eq!(parse(r#"issuer='say \'hi\' \\'"#), is(r"say 'hi' \"));
        assert_eq!(parse(r#"issuer = """#), is(""));
    }

    #[test]
    fn what_no_person_would_write_is_refused() {
        let nested = |depth: usize| format!("{}year = 2019{}", "(".repeat(depth), ")".repeat(depth));
        assert!(parse(&nested(DEPTH_MAX)).is_ok());
        assert!(error(&nested(DEPTH_MAX + 1)).contains("nested deeper"));
        let many = |count: usize| vec!["year = 2019"; count].join(" OR ");
        assert!(parse(&many(COMPARISONS_MAX)).is_ok());
        assert!(error(&many(COMPARISONS_MAX + 1)).contains("more than 100 comparisons"));
        assert!(error(&" ".repeat(BYTES_MAX + 1)).contains("4097 bytes"));
        assert!(parse(&"-".repeat(BYTES_MAX)).is_err());
    }
}
