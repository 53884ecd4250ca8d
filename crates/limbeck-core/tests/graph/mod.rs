//! The cases of the graph, which are files, and the laws that hold for any graph.

mod case;
mod drawing;
pub(crate) mod laws;
mod scale;
