//! Holds what is shipped for container engines against the program: a command line, a setting or a file that is not there
//! would be found out by whoever deploys it.

use crate::cli::Cli;
use crate::process::END_MAX;
use clap::{Command, CommandFactory};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The images that the container file makes, by the names that compose gives them.
const OURS: [(&str, &str); 2] = [("gongkai", "gongkai"), ("gongkai-prepare", "prepare")];
const SERVING: [&str; 3] = ["ingest", "parser", "query"];

fn deploy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy")
}

fn text(path: &str) -> String {
    fs::read_to_string(deploy().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A file of YAML; a key that stands twice is an error.
fn yaml(path: &str) -> Value {
    serde_saphyr::from_str(&text(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn object(value: &Value) -> &Map<String, Value> {
    value.as_object().unwrap_or_else(|| panic!("{value} is no mapping"))
}

fn strings(value: &Value) -> Vec<&str> {
    let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
    items.iter().map(|item| item.as_str().unwrap_or_else(|| panic!("{item} is no text"))).collect()
}

fn seconds(value: &Value) -> Duration {
    let text = value.as_str().unwrap_or_else(|| panic!("{value} is no time"));
    let number = text.strip_suffix('s').and_then(|number| number.parse().ok());
    Duration::from_secs(number.unwrap_or_else(|| panic!("{text} is not in seconds")))
}

/// Every service of the compose file, with its name.
fn services(compose: &Value) -> impl Iterator<Item = (&str, &Value)> {
    object(&compose["services"]).iter().map(|(name, service)| (name.as_str(), service))
}

/// Those that run an image of ours, with the image's name and its version.
fn ours(compose: &Value) -> impl Iterator<Item = (&str, &Value, &str, &str)> {
    services(compose).filter_map(|(name, service)| {
        let (image, version) = service["image"].as_str()?.split_once(':')?;
        OURS.iter().any(|(ours, _)| *ours == image).then_some((name, service, image, version))
    })
}

/// What the program says to a command line.
fn accepted(arguments: &[&str]) -> Result<(), String> {
    let command = Cli::command();
    let typed = ["gongkai"].iter().chain(arguments);
    command.try_get_matches_from(typed).map(drop).map_err(|error| error.to_string())
}

/// The option of a command that a variable of the environment sets.
fn option_of<'c>(command: &'c Command, name: &str, variable: &str) -> Option<&'c str> {
    let mut options = command.find_subcommand(name)?.get_arguments();
    options.find(|option| option.get_env().is_some_and(|env| env == variable))?.get_long()
}

#[test]
fn every_command_line_and_setting_of_the_services_is_one_of_ours() {
    let (compose, command) = (yaml("compose.yaml"), Cli::command());
    let mut served = Vec::new();
    for (name, service, image, _) in ours(&compose) {
        if image != "gongkai" {
            continue;
        }
        let line = strings(&service["command"]);
        // What the secret with its settings gives; the whole of it is started by another test.
        let with_store = [&line[..], &["--store=postgres://a@b/c"]].concat();
        accepted(&with_store).unwrap_or_else(|error| panic!("{name}: {error}"));
        for (variable, value) in object(&service["environment"]) {
            let option = option_of(&command, line[0], variable);
            let option = option.unwrap_or_else(|| panic!("{name}: no option is set by {variable}"));
            let typed = format!("--{option}={}", value.as_str().unwrap());
            let with_setting = [&with_store[..], &[&typed]].concat();
            accepted(&with_setting).unwrap_or_else(|error| panic!("{name}, {variable}: {error}"));
        }
        // A container that says it is well because its health check is not understood would be worse than none.
        let check = strings(&service["healthcheck"]["test"]);
        assert_eq!(check[..2], ["CMD", "gongkai"], "{name}");
        accepted(&check[2..]).unwrap_or_else(|error| panic!("{name}: {error}"));
        served.extend(line[1..].iter().map(|it| (*it).to_owned()));
    }
    served.sort();
    assert_eq!(served, SERVING);
    assert!(accepted(&["serve", "ingest", "--store=a", "--no-such-option"]).is_err());
    assert_eq!(option_of(&command, "serve", "GONGKAI_NOTHING"), None);

    // The script reads its own.
    let prepare = text("prepare.sh");
    for variable in object(&compose["services"]["prepare"]["environment"]).keys() {
        assert!(prepare.contains(&format!("${{{variable}")), "prepare.sh does not read {variable}");
    }
}

#[test]
fn every_container_is_confined_and_ends_in_time() {
    let compose = yaml("compose.yaml");
    for (name, service) in services(&compose) {
        assert_eq!(service["read_only"], true, "{name} may write to its image");
        assert_eq!(strings(&service["cap_drop"]), ["ALL"], "{name}");
        assert_eq!(strings(&service["security_opt"]), ["no-new-privileges:true"], "{name}");
        let limits = &service["deploy"]["resources"]["limits"];
        assert!(["cpus", "memory", "pids"].iter().all(|limit| !limits[limit].is_null()), "{name}: {limits}");
        for port in strings(&service["ports"]) {
            assert!(port.starts_with("127.0.0.1:"), "{name} is reached from other machines at {port}");
        }
        let never_ends = service["restart"] == "unless-stopped";
        assert!(!never_ends || service["healthcheck"].is_object(), "{name} has no health check");
        // Passwords come as files.
        for (variable, value) in service["environment"].as_object().into_iter().flatten() {
            let is_secret = ["PASSWORD", "SECRET", "TOKEN"].iter().any(|word| variable.contains(word));
            let is_file = value.as_str().is_some_and(|value| value.starts_with("/run/secrets/"));
            assert!(!is_secret || is_file, "{name}: {variable} is written where everyone reads it");
        }
        let limit = &compose["networks"]["inside"]["internal"];
        assert_eq!(*limit, true, "database and broker are reached from outside");
        let is_published = service["ports"].is_array();
        assert_eq!(strings(&service["networks"]).contains(&"outside"), is_published, "{name}");
    }
    for (name, service, image, _) in ours(&compose) {
        let user = service["user"].as_str().unwrap();
        assert!(user.split(':').all(|id| id.parse::<u32>().is_ok_and(|id| 0 < id)), "{name} runs as {user}");
        if image == "gongkai" {
            let grace_max = Duration::from_secs(5);
            let patience = seconds(&service["stop_grace_period"]);
            assert!(END_MAX + grace_max < patience, "{name} is killed before it has ended");
            let check = &service["healthcheck"];
            assert!(seconds(&check["timeout"]) <= seconds(&check["interval"]), "{name}");
        }
    }
}

#[test]
fn every_file_that_is_named_is_there() {
    let compose = yaml("compose.yaml");
    let mut secrets = BTreeSet::new();
    for (name, service) in services(&compose) {
        for volume in strings(&service["volumes"]) {
            let (source, _) = volume.split_once(':').unwrap();
            match source.starts_with('.') {
                true => assert!(deploy().join(source).exists(), "{name}: {source} is not there"),
                false => {
                    assert!(compose["volumes"].get(source).is_some(), "{name}: there is no volume {source}")
                }
            }
        }
        for secret in service["secrets"].as_array().into_iter().flatten() {
            let secret = secret.as_str().or(secret["source"].as_str()).unwrap();
            assert!(compose["secrets"].get(secret).is_some(), "{name}: there is no secret {secret}");
            secrets.insert(secret);
        }
        for network in strings(&service["networks"]) {
            assert!(compose["networks"].get(network).is_some(), "{name}: there is no network {network}");
        }
        let depends_on = match &service["depends_on"] {
            Value::Object(others) => others.keys().map(String::as_str).collect(),
            others => strings(others),
        };
        for other in depends_on {
            assert!(compose["services"].get(other).is_some(), "{name} depends on {other}");
        }
    }
    // A settings file of a service is among its secrets, and each secret is made by the script and used by somebody.
    let script = text("secrets.sh");
    for (name, secret) in object(&compose["secrets"]) {
        assert!(secrets.contains(name.as_str()), "nobody uses the secret {name}");
        assert_eq!(secret["file"], format!("./secrets/{name}"));
        let is_made =
            script.contains(&format!("\"$folder/{name}\"")) || script.contains(&format!("settings {name} "));
        assert!(is_made, "secrets.sh does not make {name}");
    }
    for (name, service, ..) in ours(&compose) {
        for value in object(&service["environment"]).values().filter_map(Value::as_str) {
            if let Some(secret) = value.strip_prefix("/run/secrets/") {
                let own = service["secrets"].as_array().unwrap();
                assert!(own.iter().any(|it| it == secret), "{name} does not get the secret {secret}");
            }
        }
    }
}

#[test]
fn the_container_file_builds_what_compose_runs_from_files_that_are_there() {
    let (compose, file) = (yaml("compose.yaml"), text("Containerfile"));
    let root = deploy().join("..");
    let toolchain: toml::Table =
        fs::read_to_string(root.join("rust-toolchain.toml")).unwrap().parse().unwrap();
    let channel = toolchain["toolchain"]["channel"].as_str().unwrap();
    assert!(
        file.lines().any(|line| line == format!("ARG RUST={channel}")),
        "another toolchain than {channel}"
    );

    let stages: Vec<&str> = file
        .lines()
        .filter(|line| line.starts_with("FROM "))
        .filter_map(|line| line.split(" AS ").nth(1))
        .collect();
    for (name, service, image, version) in ours(&compose) {
        assert_eq!(version, env!("CARGO_PKG_VERSION"), "{name} is of another version");
        let build = &service["build"];
        assert!(deploy().join(build["context"].as_str().unwrap()).join("Cargo.toml").exists(), "{name}");
        assert!(root.join(build["dockerfile"].as_str().unwrap()).exists(), "{name}");
        let target = build["target"].as_str().unwrap();
        assert!(stages.contains(&target), "{name}: there is no stage {target}");
        assert!(OURS.contains(&(image, target)), "{name}: {image} is not made by {target}");
    }

    // What is copied from the repository is there, and is not kept from the engine.
    let kept: Vec<String> = text("Containerfile.dockerignore").lines().map(str::to_owned).collect();
    assert!(kept.iter().any(|line| line == "*"), "everything is sent to the engine, secrets too");
    let admitted: Vec<&str> = kept.iter().filter_map(|line| line.strip_prefix('!')).collect();
    for path in &admitted {
        assert!(root.join(path).exists(), "{path} is not there");
    }
    let admits = |path: &str| admitted.iter().any(|it| Path::new(path).starts_with(it));
    let copies =
        file.lines().filter_map(|line| line.strip_prefix("COPY ")).filter(|line| !line.starts_with("--from"));
    for source in copies.filter_map(|line| line.split(' ').next()).filter(|source| *source != ".") {
        assert!(root.join(source).exists() && admits(source), "{source} cannot be copied");
    }
    // Commands that the image begins with are of the program, and it is nobody in particular.
    for line in file.lines().filter(|line| line.starts_with("CMD ") || line.contains(" CMD [")) {
        let (_, list) = line.split_once("CMD ").unwrap();
        let words: Vec<String> = serde_json::from_str(list).unwrap();
        let words: Vec<&str> = words.iter().map(String::as_str).filter(|word| *word != "gongkai").collect();
        if !words.is_empty() {
            accepted(&words).unwrap_or_else(|error| panic!("{line}: {error}"));
        }
    }
    for line in file.lines().filter_map(|line| line.strip_prefix("ENV GONGKAI_")) {
        for setting in line.split_whitespace() {
            let (variable, _) = setting.split_once('=').unwrap();
            let variable = format!("GONGKAI_{}", variable.trim_start_matches("GONGKAI_"));
            assert!(option_of(&Cli::command(), "serve", &variable).is_some(), "{variable}");
        }
    }
    let last_user = file.lines().rev().find_map(|line| line.strip_prefix("USER ")).unwrap();
    assert_eq!(last_user, "10001:10001");
}

/// Files below a folder, with those in its folders.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let (mut folders, mut files) = (vec![folder.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let entry = entry.unwrap();
            match entry.file_type().unwrap().is_dir() {
                true => folders.push(entry.path()),
                false => files.push(entry.path()),
            }
        }
    }
    files
}

/// Files that a source takes into the program, but for its tests, which no image has.
fn included(source: &Path) -> Vec<PathBuf> {
    let text = fs::read_to_string(source).unwrap();
    let product = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap();
    let macros = ["include", "include_str", "include_bytes"].map(|name| format!("{name}!("));
    let calls = macros.iter().flat_map(|call| product.split(call.as_str()).skip(1));
    let literal = |call: &str| {
        let name = call.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next());
        name.unwrap_or_else(|| panic!("{} takes in what only its build knows", source.display())).to_owned()
    };
    calls.map(|call| source.with_file_name(literal(call))).collect()
}

#[test]
fn everything_that_a_build_reads_gets_into_the_image() {
    let root = deploy().join("..").canonicalize().unwrap();
    let manifest: toml::Table = fs::read_to_string(root.join("Cargo.toml")).unwrap().parse().unwrap();
    let workspace = &manifest["workspace"];
    // Cargo reads the manifests of all members, whatever is built of them.
    let mut members = BTreeSet::new();
    for member in workspace["members"].as_array().unwrap() {
        match member.as_str().unwrap().split_once("/*") {
            Some((folder, _)) => {
                members.extend(fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().path()));
            }
            None => drop(members.insert(root.join(member.as_str().unwrap()))),
        }
    }
    let dependencies = workspace["dependencies"].as_table().unwrap().values();
    let paths = dependencies.filter_map(|dependency| dependency.get("path")?.as_str());
    members.extend(paths.map(|path| root.join(path)));

    // What Cargo and rustup look for at the root of a workspace.
    let own = ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", ".cargo/config.toml"];
    let mut needed: BTreeSet<PathBuf> = own.iter().map(|name| root.join(name)).collect();
    for member in members {
        needed.insert(member.join("Cargo.toml"));
        for source in files_below(&member.join("src")) {
            if source.extension().is_some_and(|it| it == "rs") {
                needed.extend(included(&source).iter().map(|path| path.canonicalize().unwrap()));
            }
            needed.insert(source);
        }
        needed.extend(Some(member.join("build.rs")).filter(|script| script.exists()));
    }
    let needed: BTreeSet<&Path> = needed.iter().map(|path| path.strip_prefix(&root).unwrap()).collect();
    for known in [
        "crates/forms/data/rules.toml",
        "crates/wire/src/gen/descriptor.bin",
        "services/gongkai/src/main.rs",
        "tests/tidy/Cargo.toml",
    ] {
        assert!(needed.contains(Path::new(known)), "{known} is not found to be needed");
    }

    let kept = text("Containerfile.dockerignore");
    let admitted: Vec<&str> = kept.lines().filter_map(|line| line.strip_prefix('!')).collect();
    let admits = |path: &Path| admitted.iter().any(|it| path.starts_with(it));
    let left: Vec<_> = needed.into_iter().filter(|path| !admits(path)).collect();
    assert_eq!(left, Vec::<&Path>::new(), "the image is built without these");
    assert!(!admits(Path::new("deploy/secrets/passwords")) && !admits(Path::new(".git/config")));
}

#[test]
fn every_alert_is_made_fire_by_a_case_and_left_silent_by_another() {
    let (alerts, cases) = (yaml("prometheus/alerts.yaml"), yaml("prometheus/alerts.test.yaml"));
    let tried: Vec<&Value> = cases["tests"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|case| case["alert_rule_test"].as_array().unwrap())
        .collect();
    for rule in alerts["groups"].as_array().unwrap().iter().flat_map(|it| it["rules"].as_array().unwrap()) {
        let name = rule["alert"].as_str().unwrap();
        let fires = |is_wanted: bool| {
            tried.iter().any(|case| {
                case["alertname"] == name && is_wanted != case["exp_alerts"].as_array().unwrap().is_empty()
            })
        };
        assert!(fires(true), "no case makes {name} fire");
        assert!(fires(false), "no case leaves {name} silent");
    }
}

#[test]
fn prometheus_asks_every_service_where_it_tells() {
    let (compose, prometheus) = (yaml("compose.yaml"), yaml("prometheus/prometheus.yaml"));
    let mut jobs = Vec::new();
    for scrape in prometheus["scrape_configs"].as_array().unwrap() {
        let job = scrape["job_name"].as_str().unwrap();
        let asked = &scrape["dns_sd_configs"][0];
        assert_eq!(strings(&asked["names"]), [job]);
        let monitor = compose["services"][job]["environment"]["GONGKAI_MONITOR"].as_str().unwrap();
        assert!(monitor.ends_with(&format!(":{}", asked["port"])), "{job} tells at {monitor}");
        jobs.push(job);
    }
    jobs.sort_unstable();
    assert_eq!(jobs, SERVING);
    for rules in strings(&prometheus["rule_files"]) {
        let mounted = format!("./prometheus/{rules}:/etc/prometheus/{rules}:ro");
        assert!(strings(&compose["services"]["prometheus"]["volumes"]).contains(&&*mounted), "{rules}");
    }
    // The dashboard asks the source of data that is provisioned, in the folder that is mounted.
    let (source, provider) = (
        yaml("grafana/provisioning/datasources/prometheus.yaml"),
        yaml("grafana/provisioning/dashboards/gongkai.yaml"),
    );
    assert_eq!(source["datasources"][0]["uid"], "prometheus");
    let folder = provider["providers"][0]["options"]["path"].as_str().unwrap();
    let mounts = strings(&compose["services"]["grafana"]["volumes"]);
    assert!(mounts.contains(&&*format!("./grafana/dashboards:{folder}:ro")), "{folder}");
    let home =
        compose["services"]["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"].as_str();
    assert!(home.unwrap().starts_with(folder));
}
