use super::*;
use crate::config::ConfigFiles;

/// What a text says as env.py.
fn read(text: &str) -> Environment {
    let directory = tempfile::tempdir().unwrap();
    let ini = directory.path().join("alembic.ini");
    let settings = "[alembic]\nscript_location = %(here)s\nsqlalchemy.url = sqlite:///a.db\ntable = t\n[other]\ntable = o\n";
    fs::write(&ini, settings).unwrap();
    let files = ConfigFiles {
        ini: Some(ini),
        ..ConfigFiles::default()
    };
    let config = Config::read(&files, &[]).unwrap();
    let around = Surroundings {
        x: vec!["tenant=acme".to_owned(), "plain".to_owned()],
        environment: vec![("PGHOST".to_owned(), "db".to_owned())],
        ..Surroundings::default()
    };
    Environment::parse(Path::new("env.py"), text, &config, &around).unwrap()
}

fn table(expression: &str) -> Result<Option<String>, Computed> {
    read(&format!(
        "context.configure(connection=c, version_table={expression})"
    ))
    .text("version_table")
}

#[test]
fn arguments_are_read_where_they_hang_on_nothing_else() {
    let is = |expression: &str, expected: &str| {
        assert_eq!(table(expression), Ok(Some(expected.to_owned())), "{expression}");
    };
    is("'v'", "v");
    is("'v' + \"w\"", "vw");
    is("config.get_main_option('table')", "t");
    is("config.get_main_option('nope', 'd')", "d");
    is("config.get_main_option('nope') or 'd'", "d");
    is("config.get_section_option('other', 'table')", "o");
    is("config.attributes.get('table', 'd')", "d");
    is("os.environ.get('NOPE', 'd')", "d");
    is("os.environ['PGHOST']", "db");
    is("os.getenv('PGHOST')", "db");
    is("context.get_x_argument(as_dictionary=True).get('tenant')", "acme");
    is("f\"{os.getenv('PGHOST')}_{1}\"", "db_1");
    is("'a' if os.getenv('PGHOST') == 'db' else 'b'", "a");
    is("config.config_ini_section", "alembic");
    assert_eq!(table("None"), Ok(None));
    assert_eq!(table("settings.table").unwrap_err().source, "settings.table");
    assert_eq!(table("os.environ['NOPE']").unwrap_err().line, 1);
}

#[test]
fn names_stand_for_what_they_are_set_to_once() {
    let text = "T = 'v'\ndef f():\n    def g(x):\n        context.configure(connection=x, version_table=T, \
                version_table_schema=S)\nS = 'a'\nS = 'b'\n";
    let environment = read(text);
    assert_eq!(environment.text("version_table"), Ok(Some("v".to_owned())));
    let computed = environment.text("version_table_schema").unwrap_err();
    assert_eq!((computed.line, computed.source.as_str()), (4, "S"));
    let itself = read("T = T\ncontext.configure(version_table=T)");
    assert_eq!(itself.text("version_table").unwrap_err().source, "T");
}

#[test]
fn calls_for_a_connection_have_the_word() {
    let text = "context.configure(url=u, version_table='offline')\ncontext.configure(connection=c, version_table='online')\n";
    assert_eq!(read(text).text("version_table"), Ok(Some("online".to_owned())));
    let text = "context.configure(connection=c, version_table='a')\ncontext.configure(connection=d, version_table='b')\n";
    let computed = read(text).text("version_table").unwrap_err();
    assert_eq!(computed.source, "'a' on line 1, 'b' here");
    let other = read("other.configure(connection=c, version_table='a')");
    assert_eq!(other.text("version_table"), Ok(None));
}

#[test]
fn keywords_of_a_dictionary_are_read() {
    let text =
        "kw = {'render_as_batch': True}\ncontext.configure(connection=c, **kw, **dict(version_table='a'))\n";
    let environment = read(text);
    assert_eq!(environment.flag("render_as_batch"), Ok(Some(true)));
    assert_eq!(environment.text("version_table"), Ok(Some("a".to_owned())));
    assert!(environment.rest.is_none());
    let rest = read("\ncontext.configure(connection=c, **app.arguments)")
        .rest
        .unwrap();
    assert_eq!((rest.line, rest.source.as_str()), (2, "app.arguments"));
}

#[test]
fn the_url_is_found_or_said_to_be_computed() {
    let text = |source: &str, expected: &str| {
        assert_eq!(read(source).url, UrlSource::Text(expected.to_owned()), "{source}");
    };
    let configuration = |source: &str| assert_eq!(read(source).url, UrlSource::Configuration, "{source}");
    configuration(
        "e = engine_from_config(config.get_section('alembic'))\ncontext.configure(connection=e.connect())",
    );
    let set = |value: &str| format!("config.set_main_option('sqlalchemy.url', {value})");
    text(&set("'sqlite:///100%%.db'"), "sqlite:///100%.db");
    text(&set("os.getenv('PGHOST').replace('d', '%%')"), "%b");
    text(
        "c['sqlalchemy.url'] = url()\ndef url():\n    host = os.getenv('PGHOST')\n    return f'postgresql://{host}/x'",
        "postgresql://db/x",
    );
    text(
        "create_engine(config.get_main_option('sqlalchemy.url'))",
        "sqlite:///a.db",
    );
    text(
        &format!("if os.getenv('PGHOST'):\n    {}", set("'sqlite:///b.db'")),
        "sqlite:///b.db",
    );
    configuration(&format!(
        "if os.getenv('NOPE'):\n    {}\nengine_from_config(c)",
        set("'sqlite:///b.db'")
    ));
}

#[test]
fn a_url_that_is_computed_is_not_guessed() {
    let computed = |source: &str| match read(source).url {
        UrlSource::Computed(computed) => computed.source,
        other => panic!("{source}: {other:?}"),
    };
    assert_eq!(
        computed("if f():\n    config.set_main_option('sqlalchemy.url', 'x')"),
        "'x'"
    );
    assert_eq!(
        computed("try:\n    config.set_main_option('sqlalchemy.url', 'x')\nfinally:\n    pass"),
        "'x'"
    );
    assert_eq!(
        computed("config.set_main_option('sqlalchemy.url', settings.url)"),
        "settings.url"
    );
    assert_eq!(computed("create_engine(settings.url)"), "settings.url");
    assert_eq!(
        computed("context.configure(connection=db.engine)"),
        "a connection that is made elsewhere"
    );
}

#[test]
fn models_are_found_by_their_imports() {
    let found = |source: &str| {
        let text = format!("{source}\ncontext.configure(connection=c, target_metadata=target)");
        read(&text).target_metadata
    };
    assert_eq!(
        found("from app.models import Base\ntarget = Base.metadata"),
        ["app.models:Base.metadata"]
    );
    assert_eq!(
        found("from app import db as d\ntarget = None\ntarget = d.metadata"),
        ["app:db.metadata"]
    );
    assert_eq!(
        found("import app.models\ntarget = app.models.Base.metadata"),
        ["app.models:Base.metadata"]
    );
    assert_eq!(
        found("import app.models as m\ntarget = [m.A.metadata, m.B.metadata]"),
        ["app.models:A.metadata", "app.models:B.metadata"]
    );
    assert_eq!(
        found("from app.models import metadata as target"),
        ["app.models:metadata"]
    );
    assert!(found("target = None").is_empty());
    assert!(found("target = target").is_empty());
    assert!(found("target = f()").is_empty());
}

#[test]
fn a_text_that_is_no_python_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let ini = directory.path().join("alembic.ini");
    fs::write(&ini, "[alembic]\nscript_location = %(here)s\n").unwrap();
    fs::write(directory.path().join("env.py"), "x = 1\nif:\n").unwrap();
    let files = ConfigFiles {
        ini: Some(ini),
        ..ConfigFiles::default()
    };
    let config = Config::read(&files, &[]).unwrap();
    let error = Environment::read(&config, &Surroundings::default()).unwrap_err();
    assert_eq!(error.line, Some(2));
    assert!(error.message.starts_with("this is no Python"));
}

/// The naming convention's `uq`, where env.py and modules are these.
fn convention(env: &str, modules: &[(&str, &str)]) -> Option<String> {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in modules.iter().chain([&("env.py", env)]) {
        let file = directory.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    let patterns = of_models(&directory.path().join("env.py"), &[directory.path().to_owned()])?;
    patterns
        .into_iter()
        .find_map(|(kind, pattern)| (kind == "uq").then_some(pattern))
}

#[test]
fn the_models_naming_convention_is_found_in_their_source() {
    const ENV: &str =
        "from app.models import Base\ncontext.configure(connection=c, target_metadata=Base.metadata)\n";
    const DICT: &str = "{'uq': 'uq_%(table_name)s_' + '%(column_0_name)s', 'ix': 'i'}";
    let found = Some("uq_%(table_name)s_%(column_0_name)s".to_owned());
    let models = |text: &str| convention(ENV, &[("app/models.py", text)]);
    let of = |text: &str| models(&text.replace("DICT", DICT));
    assert_eq!(
        of("class Base(DeclarativeBase):\n    metadata = MetaData(naming_convention=DICT)\n"),
        found
    );
    assert_eq!(
        of("N = DICT\nm = MetaData(schema='s', naming_convention=N)\nBase = declarative_base(metadata=m)\n"),
        found
    );
    assert_eq!(
        of("class B:\n    metadata = MetaData(naming_convention=DICT)\nclass Base(B):\n    pass\n"),
        found
    );
    assert_eq!(
        of("Base = declarative_base()\nBase.metadata.naming_convention = DICT\n"),
        found
    );
    assert_eq!(of("Base = declarative_base()\n"), None);
    assert_eq!(
        of("Base = declarative_base(metadata=MetaData(naming_convention=made()))\n"),
        None
    );
    assert_eq!(of("Base = Base\n"), None);

    let package = [
        ("app/__init__.py", "raise SystemExit\n"),
        (
            "app/models/__init__.py",
            "from .base import Base\nfrom . import user\n",
        ),
        (
            "app/models/base.py",
            "from ..names import N\nclass Base(DeclarativeBase):\n    metadata = MetaData(naming_convention=N)\n",
        ),
        ("app/names.py", &format!("N: dict = {DICT}\n")),
    ];
    assert_eq!(convention(ENV, &package), found);
    let flask = (
        "app/db.py",
        &*format!("db = SQLAlchemy(metadata=MetaData(naming_convention={DICT}))\n"),
    );
    let env = "from app import db as d\ntarget_metadata = d.db.metadata\ncontext.configure(target_metadata=target_metadata)\n";
    assert_eq!(convention(env, &[flask]), found);
    let env = format!("m = MetaData()\nm.naming_convention = {DICT}\ncontext.configure(target_metadata=m)\n");
    assert_eq!(convention(&env, &[]), found);
    let round = [
        ("app/models.py", "from .other import Base\n"),
        ("app/other.py", "from .models import Base\n"),
    ];
    assert_eq!(convention(ENV, &round), None);
}
