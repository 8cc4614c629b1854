//! Where on a form the things stand that rules speak of: looked up once for each form, so that no rule searches a key.

use gongkai_forms::{Form, Row, TableBlock, indicators};
use gongkai_model::Unit;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Cells by what they count: indices into [`Form::cells`].
pub(crate) struct Landmarks {
    /// Rows with last year's items, the change, and decisions where the form asks for them.
    pub(crate) items: Vec<Items>,
    /// Rows of documents issued, repealed and in force.
    pub(crate) documents: Vec<Documents>,
    /// Rows of documents made, newly published and published in total.
    pub(crate) published: Vec<Published>,
    /// Cells that count documents made or issued in the year.
    pub(crate) made: Vec<usize>,
    /// The rows of rules (规章) and of normative documents, cell by cell.
    pub(crate) document_rows: Option<(Vec<usize>, Vec<usize>)>,
    /// Cells of rules (规章).
    pub(crate) regulations: Vec<usize>,
    /// Procurement projects and the amount spent on them.
    pub(crate) procurement: Option<(usize, usize)>,
    /// Cells that hold money.
    pub(crate) amounts: Vec<usize>,
    /// What the requests table says of all applicants together.
    pub(crate) requests: Option<Requests>,
    /// What the reviews table says of each kind of case.
    pub(crate) reviews: Option<Reviews>,
    /// Identities by their rule: the kinds of applicant, the outcomes, the balance, the reviews.
    pub(crate) applicants: Vec<usize>,
    pub(crate) outcomes: Vec<usize>,
    pub(crate) balance: Vec<usize>,
    pub(crate) review_sums: Vec<usize>,
    /// For each indicator of the dictionary the cells whose sum states the same quantity.
    pub(crate) stated: Vec<Vec<usize>>,
}

pub(crate) struct Items {
    pub(crate) row: &'static Row,
    pub(crate) items: usize,
    pub(crate) change: usize,
    pub(crate) decisions: Option<usize>,
}

pub(crate) struct Documents {
    pub(crate) row: &'static Row,
    pub(crate) issued: usize,
    pub(crate) repealed: usize,
    pub(crate) in_force: usize,
}

pub(crate) struct Published {
    pub(crate) row: &'static Row,
    pub(crate) made: usize,
    pub(crate) published: usize,
    pub(crate) total: usize,
}

/// Totals over all kinds of applicant.
pub(crate) struct Requests {
    pub(crate) received: usize,
    pub(crate) carried_over: usize,
    pub(crate) concluded: usize,
    pub(crate) carried_forward: usize,
}

/// Totals of each kind of case.
pub(crate) struct Reviews {
    pub(crate) reconsideration: usize,
    pub(crate) direct: usize,
    pub(crate) after: usize,
}

/// The landmarks of each form, in the order of [`gongkai_forms::all`].
static LANDMARKS: LazyLock<Vec<Landmarks>> =
    LazyLock::new(|| gongkai_forms::all().iter().map(Landmarks::of).collect());

/// The place of each indicator in the dictionary.
static INDICATORS: LazyLock<HashMap<&'static str, usize>> = LazyLock::new(|| {
    indicators().iter().enumerate().map(|(index, indicator)| (indicator.id.as_str(), index)).collect()
});

/// The landmarks of this form.
pub(crate) fn landmarks(form: &'static Form) -> Option<&'static Landmarks> {
    let index = gongkai_forms::all().iter().position(|known| known.id == form.id)?;
    LANDMARKS.get(index)
}

/// The place of this indicator in the dictionary and in [`Landmarks::stated`].
pub(crate) fn indicator(id: &str) -> Option<usize> {
    INDICATORS.get(id).copied()
}

impl Landmarks {
    fn of(form: &'static Form) -> Self {
        let blocks: Vec<&'static TableBlock> = form.tables.iter().flat_map(|table| &table.blocks).collect();
        let of_rule = |rule: &str| -> Vec<usize> {
            let identities = form.identities.iter().enumerate();
            identities.filter(|(_, identity)| &*identity.rule == rule).map(|(index, _)| index).collect()
        };
        let regulations = row_cells(&blocks, "regulations");
        Self {
            items: columns(&blocks, ["items_last_year", "change"], |block, row, [items, change]| {
                let decisions = column(block, "decisions").and_then(|column| row.cells[column]);
                Items { row, items, change, decisions }
            }),
            documents: columns(&blocks, ["issued", "repealed", "in_force"], |_, row, cells| {
                let [issued, repealed, in_force] = cells;
                Documents { row, issued, repealed, in_force }
            }),
            published: columns(
                &blocks,
                ["made", "published", "total"],
                |_, row, [made, published, total]| Published { row, made, published, total },
            ),
            made: ["issued", "made"]
                .iter()
                .flat_map(|id| columns(&blocks, [id], |_, _, [cell]| cell))
                .collect(),
            document_rows: regulations.clone().zip(row_cells(&blocks, "normative_documents")),
            regulations: regulations.unwrap_or_default(),
            procurement: columns(&blocks, ["projects", "amount"], |_, _, [projects, amount]| {
                (projects, amount)
            })
            .into_iter()
            .next(),
            amounts: (0..form.cells.len()).filter(|&cell| form.cells[cell].unit == Unit::Yuan).collect(),
            requests: Requests::of(form),
            reviews: Reviews::of(form),
            applicants: of_rule("requests.applicants"),
            outcomes: of_rule("requests.outcomes"),
            balance: of_rule("requests.balance"),
            review_sums: of_rule("reviews.sum"),
            stated: indicators()
                .iter()
                .map(|indicator| match indicator.cell(form) {
                    Some(key) => form.cell_index(key).into_iter().collect(),
                    None => parts_of(form, &indicator.id),
                })
                .collect(),
        }
    }
}

impl Requests {
    fn of(form: &Form) -> Option<Self> {
        let total = |row: &str| form.cell_index(&format!("requests.{row}.total"));
        Some(Self {
            received: total("received")?,
            carried_over: total("carried_over")?,
            concluded: total("concluded")?,
            carried_forward: total("carried_forward")?,
        })
    }
}

impl Reviews {
    fn of(form: &Form) -> Option<Self> {
        let total = |block: &str| form.cell_index(&format!("reviews.{block}.total"));
        Some(Self {
            reconsideration: total("reconsideration")?,
            direct: total("litigation_direct")?,
            after: total("litigation_after")?,
        })
    }
}

/// The totals of all rows or blocks below this id: `requests.denied` is the sum of all grounds of denial.
fn parts_of(form: &Form, id: &str) -> Vec<usize> {
    let is_part = |key: &str| {
        key.strip_prefix(id).is_some_and(|rest| rest.starts_with(['.', '_'])) && key.ends_with(".total")
    };
    // Totals of a table (`requests`) are no quantity of their own.
    if !id.contains('.') {
        return Vec::new();
    }
    (0..form.cells.len()).filter(|&cell| is_part(&form.cells[cell].key)).collect()
}

fn column(block: &TableBlock, id: &str) -> Option<usize> {
    block.columns.iter().position(|column| column.id == id)
}

/// For each row of the blocks that have all these columns: what `make` makes of its cells.
fn columns<T, const N: usize>(
    blocks: &[&'static TableBlock],
    ids: [&str; N],
    make: impl Fn(&'static TableBlock, &'static Row, [usize; N]) -> T,
) -> Vec<T> {
    let mut made = Vec::new();
    for block in blocks {
        for row in &block.rows {
            let mut cells = [0; N];
            let found = ids.iter().zip(&mut cells).all(|(id, cell)| {
                let index = column(block, id).and_then(|column| row.cells[column]);
                *cell = index.unwrap_or_default();
                index.is_some()
            });
            if found {
                made.push(make(block, row, cells));
            }
        }
    }
    made
}

fn row_cells(blocks: &[&'static TableBlock], id: &str) -> Option<Vec<usize>> {
    let row = blocks.iter().flat_map(|block| &block.rows).find(|row| row.id == id)?;
    Some(row.cells.iter().flatten().copied().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use gongkai_model::FormId;

    fn keys(form: FormId, cells: impl Fn(&Landmarks) -> Vec<usize>) -> Vec<&'static str> {
        let form = gongkai_forms::form(form).unwrap();
        cells(landmarks(form).unwrap()).into_iter().map(|cell| &*form.cells[cell].key).collect()
    }

    #[test]
    fn what_rules_speak_of_is_found_on_each_form() {
        let documents = |it: &Landmarks| it.documents.iter().map(|row| row.in_force).collect();
        assert_eq!(
            keys(FormId::Form2021, documents),
            ["disclosure.regulations.in_force", "disclosure.normative_documents.in_force"]
        );
        assert!(keys(FormId::Form2019, documents).is_empty());
        assert_eq!(keys(FormId::Form2019, |it| it.items.iter().map(|row| row.change).collect()).len(), 5);
        assert_eq!(keys(FormId::Form2021, |it| it.amounts.clone()), ["disclosure.fees.amount"]);
        assert_eq!(keys(FormId::Form2019, |it| it.amounts.clone()), ["disclosure.procurement.amount"]);
    }

    #[test]
    fn an_indicator_without_a_cell_of_its_own_is_the_sum_of_those_below_it() {
        let stated = |id: &str| {
            let index = indicator(id).unwrap();
            keys(FormId::Form2021, move |it| it.stated[index].clone())
        };
        assert_eq!(stated("requests.received"), ["requests.received.total"]);
        assert_eq!(stated("requests.denied").len(), 8);
        assert_eq!(
            stated("reviews.litigation"),
            ["reviews.litigation_direct.total", "reviews.litigation_after.total"]
        );
        assert!(stated("published.total").is_empty());
    }
}
