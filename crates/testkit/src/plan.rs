//! Everything that is decided about one made-up document: a plan can be built again, and be made simpler.

use crate::{
    Encoding, Extent, Noise, Record, RecordOptions, RenderOptions, Rendered, Rendering, Rng, Wording,
};
use gongkai_model::FormId;

/// What a document is made of. The same plan gives the same bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The form that its tables follow.
    pub form: FormId,
    /// Decides figures and all choices of detail.
    pub seed: u64,
    /// The shape of its tables.
    pub rendering: Rendering,
    /// How much is written.
    pub extent: Extent,
    /// How labels are worded.
    pub wording: Wording,
    /// How characters become bytes.
    pub encoding: Encoding,
    /// Empty cells and a publisher's errors.
    pub record: RecordOptions,
    /// What makes it harder to read.
    pub noises: Vec<Noise>,
}

impl Plan {
    /// A plan for a document in this form and shape; the seed decides the rest.
    pub fn random(form: FormId, rendering: Rendering, seed: u64) -> Self {
        let mut rng = Rng::new(seed ^ 0x5eed);
        let fitting: Vec<Noise> =
            Noise::ALL.into_iter().filter(|noise| noise.fits(rendering, form)).collect();
        let count = *rng.pick(&[0, 1, 1, 2, 2, 3, 4, 6]);
        let mut noises: Vec<Noise> = (0..count).map(|_| *rng.pick(&fitting)).collect();
        noises.sort_unstable();
        noises.dedup();
        let plan = Self {
            form,
            seed,
            rendering,
            extent: if rng.chance(85) { Extent::Whole } else { Extent::TablesOnly },
            wording: *rng.pick(&Wording::ALL),
            encoding: Encoding::random(noises.contains(&Noise::Traditional), &mut rng),
            record: RecordOptions {
                empty_percent: *rng.pick(&[0, 0, 0, 0, 1, 4, 20, 60, 95]),
                mistakes: *rng.pick(&[0, 0, 0, 0, 1, 3]),
            },
            noises,
        };
        plan.settled()
    }

    /// A plan for a whole report that stands in one file with `other`: of another body or another year, and with
    /// nothing that hides where a report begins.
    pub fn beside(other: &Self, form: FormId) -> Self {
        let names = |plan: &Self| {
            let about = plan.record().about;
            (about.year, about.region, about.subject)
        };
        let first = names(other);
        let mut seed = other.seed ^ 0xbe51de;
        loop {
            let mut plan = Self::random(form, other.rendering, seed).apart();
            if plan.encoding == Encoding::Big5 || other.encoding == Encoding::Big5 {
                plan.encoding = Encoding::Utf8;
            }
            if names(&plan) != first {
                return plan;
            }
            seed += 1;
        }
    }

    /// The same as a whole report of which one sees where it begins and ends.
    pub fn apart(mut self) -> Self {
        const HIDING: [Noise; 5] = [
            Noise::Truncated,
            Noise::RewordedHeadings,
            Noise::RenumberedHeadings,
            Noise::SplitHeading,
            Noise::LostHeading,
        ];
        self.noises.retain(|noise| !HIDING.contains(noise));
        self.extent = Extent::Whole;
        self
    }

    /// Leaves out what does not go together.
    fn settled(mut self) -> Self {
        let has = |plan: &Self, noise: Noise| plan.noises.contains(&noise);
        if has(&self, Noise::Truncated) {
            let apart = [Noise::SecondCopy, Noise::DifferingCopy, Noise::UnitBelow, Noise::SentenceRow];
            self.noises.retain(|noise| !apart.contains(noise));
            // Some rows of a table and nothing else are no report.
            self.extent = Extent::Whole;
        }
        if has(&self, Noise::SecondCopy) {
            self.noises.retain(|noise| *noise != Noise::DifferingCopy);
        }
        if self.encoding == Encoding::Big5 && !has(&self, Noise::Traditional) {
            self.encoding = Encoding::Utf8;
        }
        if has(&self, Noise::NoBanners) {
            self.noises.retain(|noise| *noise != Noise::LongBanners);
        }
        self
    }

    /// The record that the document tells.
    pub fn record(&self) -> Record {
        let mut record = Record::random(self.form, self.seed, self.record);
        // Signs, units and commas between joined digits cut them; mostly there are none.
        if self.rendering.is_joined() && !self.seed.is_multiple_of(8) {
            record.write_plainly();
        }
        record
    }

    /// The document.
    pub fn build(&self) -> Rendered {
        let options = RenderOptions { seed: self.seed, extent: self.extent, wording: self.wording };
        self.rendering.render_with(&self.record(), options, &self.noises)
    }

    /// Plans that differ from this one by one thing less.
    pub fn simpler(&self) -> Vec<Self> {
        let mut plans: Vec<Self> = (0..self.noises.len())
            .map(|index| {
                let mut plan = self.clone();
                plan.noises.remove(index);
                plan.settled()
            })
            .collect();
        let mut push = |change: &dyn Fn(&mut Self)| {
            let mut plan = self.clone();
            change(&mut plan);
            if plan != *self {
                plans.push(plan);
            }
        };
        push(&|plan| plan.encoding = Encoding::Utf8);
        push(&|plan| plan.wording = Wording::Official);
        push(&|plan| plan.record.mistakes = 0);
        push(&|plan| plan.record.empty_percent = 0);
        if !self.noises.contains(&Noise::Truncated) {
            push(&|plan| plan.extent = Extent::TablesOnly);
        }
        plans
    }

    /// The simplest plan that one comes to by leaving out one thing after another while `fails` holds.
    pub fn simplest(self, fails: impl Fn(&Self) -> bool) -> Self {
        let mut plan = self;
        while let Some(simpler) = plan.simpler().into_iter().find(|simpler| fails(simpler)) {
            plan = simpler;
        }
        plan
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Certainty;

    #[test]
    fn the_same_plan_gives_the_same_document() {
        for seed in 0..40 {
            let rendering = Rendering::ALL[seed as usize % Rendering::ALL.len()];
            let plan = Plan::random(FormId::Form2021, rendering, seed);
            assert_eq!(plan, Plan::random(FormId::Form2021, rendering, seed));
            assert_eq!(plan.build().text, plan.build().text);
        }
    }

    #[test]
    fn every_noise_changes_some_document_and_keeps_most_cells_determined() {
        for noise in Noise::ALL {
            let rendering = if noise.fits(Rendering::Pipes, FormId::Form2021) {
                Rendering::Pipes
            } else {
                Rendering::Joined
            };
            let changed = (0..20).any(|seed| {
                let mut plan = Plan::random(FormId::Form2021, rendering, seed);
                plan.noises.clear();
                plan.extent = Extent::Whole;
                let without = plan.build();
                plan.noises.push(noise);
                let with = plan.build();
                assert_eq!(with.expectations.len(), without.expectations.len());
                with.text != without.text
            });
            assert!(changed, "{noise:?}");
        }
    }

    #[test]
    fn a_simplest_plan_still_fails() {
        let plan = Plan {
            noises: vec![Noise::ExtraRow, Noise::Traditional, Noise::LooseSpace],
            ..Plan::random(FormId::Form2019, Rendering::Tabs, 5)
        };
        let simplest = plan.simplest(|plan| plan.noises.contains(&Noise::Traditional));
        assert_eq!(simplest.noises, [Noise::Traditional]);
        assert_eq!(simplest.encoding, Encoding::Utf8);
    }

    #[test]
    fn what_is_broken_off_is_missing_and_what_is_left_stays_determined() {
        let plan = Plan {
            noises: vec![Noise::Truncated],
            record: RecordOptions::CONSISTENT,
            ..Plan::random(FormId::Form2021, Rendering::PipesGrid, 9)
        };
        let expectations = plan.build().expectations;
        let lost = expectations.iter().filter(|cell| cell.state == gongkai_model::State::Missing).count();
        let open = expectations.iter().filter(|cell| cell.certainty == Certainty::Open).count();
        assert!(0 < lost && open <= 15, "{lost} lost, {open} open");
    }
}
