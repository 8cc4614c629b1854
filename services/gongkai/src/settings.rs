//! Settings from a file: what stands in it becomes the default of the option of the same name, so that the command line
//! and the environment win over it, and an option that is added is a setting at once.

use crate::cli::Cli;
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, Command, CommandFactory, FromArgMatches};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use toml::de::{DeTable, DeValue};

/// Options of the commands that serve, and that belong on the command line only: where the file itself is.
const CONFIG: &str = "config";
/// The commands that have settings. One file may be for all of them.
const COMMANDS: [&str; 3] = ["up", "serve", "prepare"];
/// Far more than all settings take.
const FILE_BYTES_MAX: usize = 1 << 20;

/// What is wrong with a file of settings.
#[derive(Debug, thiserror::Error)]
enum SettingsError {
    #[error("cannot read {}", path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{} is larger than {FILE_BYTES_MAX} bytes", path.display())]
    TooLarge { path: PathBuf },
    #[error("{}:{line}:{column}: {what}", path.display())]
    Wrong { path: PathBuf, line: usize, column: usize, what: String },
}

/// A setting of the file.
#[derive(Debug, PartialEq, Eq)]
struct Setting {
    name: String,
    value: String,
    /// Where its name begins, in bytes.
    at: usize,
}

/// Reads what was typed, with the settings of the file that it or the environment names, if any.
pub(crate) fn read(typed: Vec<OsString>) -> Result<Cli, clap::Error> {
    let mut command = Cli::command();
    if let Some((name, path)) = file_of(&command, &typed) {
        command = with_file(command, &name, &path).map_err(|error| {
            let mut text = error.to_string();
            if let Some(cause) = std::error::Error::source(&error) {
                text = format!("{text}: {cause}");
            }
            Cli::command().error(ErrorKind::InvalidValue, text)
        })?;
    }
    let matches = command.try_get_matches_from_mut(typed)?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// The command that was typed, if it has settings, and the file that it is to take them from.
fn file_of(command: &Command, typed: &[OsString]) -> Option<(String, PathBuf)> {
    // Whatever else is wrong is told when all of it is read.
    let matches = command.clone().ignore_errors(true).try_get_matches_from(typed).ok()?;
    let (name, matches) = matches.subcommand()?;
    let path = matches.try_get_one::<PathBuf>(CONFIG).ok()??;
    Some((name.to_owned(), path.clone()))
}

/// The same command line, with the file's settings as defaults of the command `name`.
fn with_file(command: Command, name: &str, path: &Path) -> Result<Command, SettingsError> {
    let unreadable = |source| SettingsError::Unreadable { path: path.to_owned(), source };
    let bytes = std::fs::metadata(path).map_err(unreadable)?.len();
    if FILE_BYTES_MAX as u64 <= bytes {
        return Err(SettingsError::TooLarge { path: path.to_owned() });
    }
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    with_text(command, name, &text).map_err(|(at, what)| {
        let before = text.get(..at).unwrap_or(&text);
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        SettingsError::Wrong {
            path: path.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            what,
        }
    })
}

/// The same, or where the text is wrong and why.
fn with_text(mut command: Command, name: &str, text: &str) -> Result<Command, (usize, String)> {
    for setting in settings_of(text)? {
        let Setting { name: key, value, at } = setting;
        let owners = COMMANDS.into_iter().filter(|owner| option(&command, owner, &key).is_some());
        let owners: Vec<_> = owners.collect();
        if owners.is_empty() {
            return Err((at, unknown(&command, &key)));
        }
        // What another command is for is passed over, so that one file may be for all of them.
        if !owners.contains(&name) {
            continue;
        }
        check(&command, name, &key, &value).map_err(|what| (at, what))?;
        command = command.mut_subcommand(name, |subcommand| {
            subcommand.mut_args(|argument| match argument.get_long() {
                Some(long) if long == key => {
                    let is_secret = argument.is_hide_env_values_set();
                    argument.required(false).default_value(value.clone()).hide_default_value(is_secret)
                }
                _ => argument,
            })
        });
    }
    Ok(command)
}

/// What stands in the file.
fn settings_of(text: &str) -> Result<Vec<Setting>, (usize, String)> {
    let table = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        (at, error.message().to_owned())
    })?;
    let setting = |(name, value): (_, &toml::Spanned<DeValue<'_>>)| {
        let name: &toml::Spanned<_> = name;
        let at = name.span().start;
        let name = AsRef::<str>::as_ref(name.get_ref()).to_owned();
        let value = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(number) => number.to_string(),
            DeValue::Boolean(truth) => truth.to_string(),
            DeValue::Float(_) | DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => {
                return Err((at, format!("`{name}` needs a text in quotes or a whole number")));
            }
        };
        Ok(Setting { name, value, at })
    };
    table.get_ref().iter().map(setting).collect()
}

/// The option of a command that a file may set.
fn option<'c>(command: &'c Command, name: &str, key: &str) -> Option<&'c Arg> {
    let options = command.find_subcommand(name)?.get_arguments();
    options.filter(|option| may_be_set(option)).find(|option| option.get_long() == Some(key))
}

fn may_be_set(option: &Arg) -> bool {
    let takes_value = matches!(option.get_action(), ArgAction::Set | ArgAction::Append);
    takes_value && option.get_long().is_some_and(|long| long != CONFIG)
}

fn unknown(command: &Command, key: &str) -> String {
    let commands = COMMANDS.iter().filter_map(|name| command.find_subcommand(name));
    let options = commands.flat_map(Command::get_arguments).filter(|option| may_be_set(option));
    let mut names: Vec<_> = options.filter_map(Arg::get_long).collect();
    names.sort_unstable();
    names.dedup();
    format!("there is no setting `{key}`; there are: {}", names.join(", "))
}

/// Whether the option takes the value, asked of the option itself.
fn check(command: &Command, name: &str, key: &str, value: &str) -> Result<(), String> {
    let argument = format!("--{key}={value}");
    let tried = command.clone().try_get_matches_from([command.get_name(), name, &argument]);
    match tried {
        Err(error) if matches!(error.kind(), ErrorKind::InvalidValue | ErrorKind::ValueValidation) => {
            // The first line says what is wrong; then come hints for the command line.
            let text = error.to_string();
            Err(text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned())
        }
        // What else may be wrong is wrong with what was typed here, not with the value.
        Ok(_) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Command as Typed, ServeArgs};

    const EXAMPLE: &str = include_str!("../../../deploy/gongkai.example.toml");

    fn served(text: &str, typed: &[&str]) -> ServeArgs {
        let command = with_text(Cli::command(), "serve", text).unwrap();
        let typed = ["gongkai", "serve", "parser"].iter().chain(typed);
        let matches = command.try_get_matches_from(typed).unwrap();
        match Cli::from_arg_matches(&matches).unwrap().command {
            Typed::Serve(args) => args,
            other => panic!("{other:?}"),
        }
    }

    fn refused(text: &str) -> (usize, String) {
        with_text(Cli::command(), "serve", text).unwrap_err()
    }

    #[test]
    fn a_file_sets_what_neither_command_line_nor_environment_does() {
        let text = "store = \"postgres://a\"\nworkers = 3\ngrace = 2\n";
        let args = served(text, &["--grace", "4"]);
        assert_eq!((args.store.as_str(), args.workers.map(|it| it.get())), ("postgres://a", Some(3)));
        assert_eq!(std::time::Duration::from(args.grace).as_secs(), 4);
        // What the file does not name keeps its own default.
        assert_eq!(args.queue_prefix, "gongkai.submissions");
    }

    #[test]
    fn what_another_command_has_is_passed_over_and_what_none_has_is_refused_with_its_place() {
        assert_eq!(served("data-dir = \"/srv\"\nstore = \"postgres://a\"", &[]).store, "postgres://a");
        let (at, what) = refused("store = \"postgres://a\"\n  worker = 3\n");
        assert_eq!(at, 25);
        assert!(what.contains("no setting `worker`") && what.contains(" workers"), "{what}");
        assert!(refused("config = \"other.toml\"").1.contains("no setting `config`"));
    }

    #[test]
    fn a_value_that_the_option_does_not_take_is_refused_with_its_place() {
        for (text, at) in [
            ("listen = \"nowhere\"", 0),
            ("store = \"x\"\nworkers = 0", 12),
            ("store = \"x\"\nqueue-topology = \"perhaps\"", 12),
            ("store = [\"x\"]", 0),
            ("[store]\nurl = 1", 1),
        ] {
            assert_eq!(refused(text).0, at, "{text}");
        }
        assert!(
            refused("store = \"unfinished").1.contains("string"),
            "{:?}",
            refused("store = \"unfinished")
        );
    }

    #[test]
    fn a_secret_of_the_file_is_never_shown() {
        let mut command = with_text(Cli::command(), "serve", "store = \"postgres://a:s3cret@b\"").unwrap();
        let serve = command.find_subcommand_mut("serve").unwrap();
        assert!(!serve.render_long_help().to_string().contains("s3cret"));
    }

    /// `# key = value` explains a setting that is as it would be anyway.
    fn keys_of_the_example() -> Vec<(String, String)> {
        let lines = EXAMPLE.lines().map(|line| line.strip_prefix("# ").unwrap_or(line));
        let pairs = lines.filter_map(|line| line.split_once(" = "));
        let keys = pairs.filter(|(key, _)| key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'));
        keys.map(|(key, value)| (key.to_owned(), value.trim_matches('"').to_owned())).collect()
    }

    #[test]
    fn the_example_explains_every_setting_and_tells_its_default_truly() {
        let command = Cli::command();
        let examples = keys_of_the_example();
        let mut missing = Vec::new();
        for name in COMMANDS {
            for option in command.find_subcommand(name).unwrap().get_arguments().filter(|it| may_be_set(it)) {
                let key = option.get_long().unwrap();
                let Some((_, told)) = examples.iter().find(|(example, _)| example == key) else {
                    missing.push(key.to_owned());
                    continue;
                };
                if let Some(default) = option.get_default_values().first() {
                    assert_eq!(default.to_str(), Some(told.as_str()), "{key}");
                }
            }
        }
        assert!(missing.is_empty(), "deploy/gongkai.example.toml does not explain {missing:?}");
        // And all of it can be set: as it stands, and with every key that is commented out.
        for (key, value) in &examples {
            let text = format!("{key} = {value:?}");
            let names = COMMANDS.iter().filter(|name| option(&command, name, key).is_some());
            assert!(0 < names.clone().count(), "there is no setting {key}");
            for name in names {
                with_text(Cli::command(), name, &text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
            }
        }
        assert!(with_text(Cli::command(), "serve", EXAMPLE).is_ok());
    }
}
