use limbeck_core::Dialect;
use limbeck_core::diff::diff;
use limbeck_core::plan::{Change, plan};
use limbeck_core::schema::Schema;

use crate::catalog::Catalog;
use crate::database::{self, Options, Url};

#[test]
fn shows() {
    let url = |name: &str| format!("postgres://postgres@/{name}?host=/tmp/dev&port=54999");
    let connect =
        |name: &str| database::connect(&Url::parse(&url(name)).unwrap(), &Options::default()).unwrap();
    let mut one = connect(&std::env::var("PGX").unwrap());
    let start = std::time::Instant::now();
    let schema = super::read(one.as_mut(), &[]).unwrap();
    println!("{:?}", start.elapsed());
    let start = std::time::Instant::now();
    let ops = diff(Dialect::Postgresql, &Schema::default(), &schema);
    println!("diff {:?}", start.elapsed());
    let empty = Schema::default();
    let change = Change {
        dialect: Dialect::Postgresql,
        from: &empty,
        to: &schema,
        online: false,
    };
    let start = std::time::Instant::now();
    let statements = plan(&change, &ops);
    println!("plan {:?}", start.elapsed());
    let mut other = connect(&std::env::var("PGY").unwrap());
    for statement in &statements {
        if schema.tables.len() < 100 {
            println!("{};", statement.sql);
        }
        if let Err(error) = other.execute(&statement.sql) {
            println!("-- ERROR {error}");
        }
    }
    let again = super::read(other.as_mut(), &[]).unwrap();
    let back = diff(Dialect::Postgresql, &again, &schema);
    println!("same {} {:#?}", again.same(&schema), back);
    let one = Catalog::read(one.as_mut(), &[]).unwrap();
    let other = Catalog::read(other.as_mut(), &[]).unwrap();
    for difference in one.differences(&other) {
        println!("DIFF {difference}");
    }
}
