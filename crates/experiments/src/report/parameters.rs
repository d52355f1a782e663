//! The tasks' parameters as a table: what all tasks share is said once, what varies is a column.

use maud::{Markup, html};
use serde_json::Value;

use super::page::tasks;
use crate::verdict::show;

/// Rows that are written out. The records beside the report hold every task.
const ROWS: usize = 400;

pub(super) fn table(parameters: &[Value]) -> Markup {
    let columns = columns(parameters);
    let (constant, varying): (Vec<_>, Vec<_>) =
        columns.into_iter().partition(|column| parameters.len() > 1 && shared(parameters, column).is_some());
    let total = tasks(parameters.len(), parameters.len());
    html! {
        @if !constant.is_empty() {
            p { "The same in all " (total) ":" }
            dl class="inline" {
                @for column in &constant {
                    div { dt { (column) } dd { (shared(parameters, column).map(written).unwrap_or_default()) } }
                }
            }
        }
        @if !varying.is_empty() {
            div class="scroll" tabindex="0" role="region" aria-label="Parameters of each task" {
                table class="plain" {
                    thead { tr {
                        th scope="col" { "Task" }
                        @for column in &varying { th scope="col" { (column) } }
                    } }
                    tbody {
                        @for (number, task) in parameters.iter().enumerate().take(ROWS) {
                            tr {
                                th scope="row" class="number" { (number + 1) }
                                @for column in &varying {
                                    td class="number" { (field(task, column).map(written).unwrap_or_default()) }
                                }
                            }
                        }
                    }
                }
            }
            @if parameters.len() > ROWS {
                p { "The first " (ROWS) " of " (total) "; all of them are in the run's records." }
            }
        }
    }
}

/// A task that is no object is shown in a column of this name.
const WHOLE: &str = "value";

/// Names of all fields, in order of first appearance.
fn columns(parameters: &[Value]) -> Vec<&str> {
    let mut found = Vec::new();
    for task in parameters {
        match task {
            Value::Object(fields) => {
                for name in fields.keys() {
                    if !found.contains(&name.as_str()) {
                        found.push(name);
                    }
                }
            }
            Value::Null => {}
            _ if found.contains(&WHOLE) => {}
            _ => found.push(WHOLE),
        }
    }
    found
}

fn field<'v>(task: &'v Value, column: &str) -> Option<&'v Value> {
    match task {
        Value::Object(fields) => fields.get(column),
        Value::Null => None,
        other => (column == WHOLE).then_some(other),
    }
}

/// The value that a field has in all tasks, if it has one.
fn shared<'v>(parameters: &'v [Value], column: &str) -> Option<&'v Value> {
    let first = field(parameters.first()?, column)?;
    parameters.iter().all(|task| field(task, column) == Some(first)).then_some(first)
}

/// A value in few characters: numbers as the checks write them, words without quotes.
fn written(value: &Value) -> String {
    match value {
        Value::Number(number) if number.is_f64() => number.as_f64().map_or_else(|| number.to_string(), show),
        Value::String(text) => text.clone(),
        Value::Null => "–".into(),
        Value::Array(values) => format!("[{}]", values.iter().map(written).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_shared_is_said_once() {
        let html = table(&[json!({"seed": 1, "rate": 0.1}), json!({"seed": 2, "rate": 0.1})]).into_string();
        assert_eq!(html.matches("0.1").count(), 1, "{html}");
        assert!(html.contains("all 2 tasks"), "{html}");
    }

    #[test]
    fn tasks_of_different_shapes_and_hostile_text_are_shown() {
        let tasks = [json!({"a": "<script>"}), json!({"b": [1, 2.5]}), json!(7), json!(null)];
        let html = table(&tasks).into_string();
        assert!(html.contains("&lt;script&gt;") && !html.contains("<script>"), "{html}");
        assert!(html.contains("[1, 2.5]") && html.contains(">7<"), "{html}");
    }

    #[test]
    fn no_tasks_and_empty_tasks_need_no_table() {
        assert_eq!(table(&[]).into_string(), "");
        assert_eq!(table(&[json!(null), json!(null)]).into_string(), "");
    }
}
