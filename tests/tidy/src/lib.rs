//! Keeps the house in order: what no compiler checks about the repository as a whole, as tests.
//!
//! Never part of the product; it holds nothing but tests. Each check is a plain function from text to a list of
//! complaints, and each has a test of its own with an untidy sample, so that none can pass by looking at nothing.

#[cfg(test)]
mod arrows;
#[cfg(test)]
mod house;
#[cfg(test)]
mod manifests;
#[cfg(test)]
mod prose;
#[cfg(test)]
mod sources;
