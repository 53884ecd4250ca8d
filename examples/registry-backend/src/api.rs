//! The HTTP side of the registry.

use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use limbeck::Migrator;
use serde::Deserialize;
use serde_json::json;

use crate::codebundle::{Codebundle, NewCodebundle, is_slug, slug_problem};
use crate::error::ApiError;
use crate::migrate::{self, Readiness};
use crate::store::Store;

/// What the handlers share.
#[derive(Clone)]
pub(crate) struct Service {
    store: Store,
    migrator: Migrator,
}

impl Service {
    pub(crate) fn new(store: Store, migrator: Migrator) -> Self {
        Self { store, migrator }
    }
}

/// All paths of the service.
pub(crate) fn router(service: Service) -> Router {
    Router::new()
        .route("/codebundles", get(list).post(add))
        .route("/codebundles/{name}", get(read))
        .route("/health", get(health))
        .route("/ready", get(ready))
        .fallback(no_route)
        .method_not_allowed_fallback(no_method)
        .with_state(service)
}

/// The query of a listing.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Filter {
    platform: Option<String>,
}

async fn list(
    State(service): State<Service>,
    filter: Result<Query<Filter>, QueryRejection>,
) -> Result<Json<Vec<Codebundle>>, ApiError> {
    let Query(filter) = filter?;
    if let Some(platform) = &filter.platform
        && !is_slug(platform, 50)
    {
        return Err(ApiError::Invalid(vec![slug_problem("platform", 50)]));
    }
    Ok(Json(service.store.list(filter.platform.as_deref()).await?))
}

async fn add(
    State(service): State<Service>,
    body: Result<Json<NewCodebundle>, JsonRejection>,
) -> Result<Response, ApiError> {
    let Json(new) = body?;
    new.validate()?;
    let codebundle = service.store.add(new).await?;
    let location = format!("/codebundles/{}", codebundle.name);
    Ok((
        StatusCode::CREATED,
        [(header::LOCATION, location)],
        Json(codebundle),
    )
        .into_response())
}

async fn read(
    State(service): State<Service>,
    Path(name): Path<String>,
) -> Result<Json<Codebundle>, ApiError> {
    // What can be no name is not looked for: MariaDB would find 'K8s' as 'k8s'.
    let found = if is_slug(&name, 200) {
        service.store.find(&name).await?
    } else {
        None
    };
    found.map(Json).ok_or(ApiError::NotFound(name))
}

/// The process is up. It asks nobody else: a restart of this process would not help a database that is down.
async fn health() -> Response {
    Json(json!({ "status": "up" })).into_response()
}

/// The database can be used by this version of the code.
async fn ready(State(service): State<Service>) -> (StatusCode, Json<Readiness>) {
    let readiness = migrate::readiness(&service.migrator).await;
    let status = if readiness.is_ready() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(readiness))
}

async fn no_route(uri: Uri) -> ApiError {
    ApiError::NoRoute(uri.path().to_owned())
}

async fn no_method(method: Method) -> ApiError {
    ApiError::NoMethod(method.to_string())
}

impl From<JsonRejection> for ApiError {
    fn from(rejection: JsonRejection) -> Self {
        Self::Unreadable {
            status: rejection.status(),
            message: rejection.body_text(),
        }
    }
}

impl From<QueryRejection> for ApiError {
    fn from(rejection: QueryRejection) -> Self {
        Self::Unreadable {
            status: rejection.status(),
            message: rejection.body_text(),
        }
    }
}
