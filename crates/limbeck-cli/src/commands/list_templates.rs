use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use crate::commands::init::TEMPLATES;
use crate::report::CliError;
use crate::ui::Ui;

/// List the templates of 'init'.
#[derive(Debug, Args)]
pub(crate) struct ListTemplates {}

pub(crate) fn run(ui: &Ui) -> Result<ExitCode, CliError> {
    if ui.is_json() {
        let templates = TEMPLATES.map(|template| json!({ "name": template.name, "about": template.about }));
        ui.json(&templates);
    } else {
        for template in TEMPLATES {
            ui.line(format_args!("{} - {}", template.name, template.about));
        }
    }
    Ok(ExitCode::SUCCESS)
}
