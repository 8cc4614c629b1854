//! An enum has one set of names: prefixed on the wire, bare in JSON and on the command line.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use gongkai_model as model;
use gongkai_wire::{FromNumber, v1};

/// Checks one enum, number by number, until its numbers end: each is known to the model, comes back the same, and has
/// the model's name behind the prefix. Returns how many there are.
macro_rules! names_agree {
    ($kind:ident, $prefix:literal) => {
        (1..)
            .map_while(|number| v1::$kind::try_from(number).ok())
            .inspect(|wire| {
                let known = model::$kind::from_number((*wire).into()).expect("the model knows each number");
                assert_eq!(v1::$kind::from(known), *wire);
                assert_eq!(wire.as_str_name(), format!("{}{}", $prefix, known.name().to_ascii_uppercase()));
            })
            .count()
    };
}

#[test]
fn names_on_the_wire_are_the_names_of_the_model() {
    let counts = [
        names_agree!(State, "STATE_"),
        names_agree!(Derivation, "DERIVATION_"),
        names_agree!(Unit, "UNIT_"),
        names_agree!(ScopeKind, "SCOPE_KIND_"),
        names_agree!(Rank, "RANK_"),
        names_agree!(BodyKind, "BODY_KIND_"),
        names_agree!(Purpose, "PURPOSE_"),
        names_agree!(Outcome, "OUTCOME_"),
        names_agree!(Severity, "SEVERITY_"),
        names_agree!(Basis, "BASIS_"),
        names_agree!(Period, "PERIOD_"),
        names_agree!(SubmissionState, "SUBMISSION_STATE_"),
        names_agree!(RejectReason, "REJECT_REASON_"),
        names_agree!(RefuseReason, "REFUSE_REASON_"),
    ];
    assert_eq!(counts, [6, 4, 2, 4, 6, 7, 2, 4, 3, 5, 5, 7, 6, 13]);
}

#[test]
fn the_zero_of_an_enum_is_never_a_value() {
    assert!(model::State::from_number(0).is_err());
    assert!(model::Purpose::from_number(0).is_err());
    assert!(model::FormId::from_number(0).is_err());
}

#[test]
fn a_state_is_named_without_prefix_and_an_unknown_one_by_its_number() {
    assert_eq!(gongkai_wire::state_name(v1::SubmissionState::Done.into()), "DONE");
    assert_eq!(gongkai_wire::state_name(99), "99");
}
