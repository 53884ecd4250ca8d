//! Builds anew when a revision is added: `embed!` alone sees only changes of those it knows.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
