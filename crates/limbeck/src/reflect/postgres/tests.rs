use crate::database::{self, Options, Url};

#[test]
fn shows() {
    let url = std::env::var("PGX").unwrap();
    let mut connection = database::connect(&Url::parse(&url).unwrap(), &Options::default()).unwrap();
    let start = std::time::Instant::now();
    let schema = super::read(connection.as_mut(), &[]).unwrap();
    println!("{:?}", start.elapsed());
    if schema.tables.len() < 100 {
        println!("{schema:#?}");
    }
}
