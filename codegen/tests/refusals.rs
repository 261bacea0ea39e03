//! Unsupported specs are rejected, with file, place, reason and a way out.

#![allow(clippy::unwrap_used, reason = "these are tests")]

use codegen::{CrateRoot, Files, generate};

/// A valid spec.
const GOOD: &str = r##"
openapi: 3.1.1
info:
  title: Things
  version: v1
  summary: The things.
  description: All about things.
externalDocs: { url: "https://example.com/things" }
tags:
  - name: ThingApi
    description: Things.
    x-doc-aliases: [ThingsV1]
paths:
  /things:
    get:
      operationId: ListThings
      tags: [ThingApi]
      summary: Lists things.
      description: All of them.
      x-idempotency: safe
      parameters:
        - { name: page, in: query, description: Which., schema: { type: integer, format: int32, minimum: 1, maximum: 9, default: 1 } }
        - { name: page_size, in: query, description: Size., schema: { type: integer, format: uint32 }, x-client-default: default_page_size }
        - { name: kind, in: query, description: Kind., schema: { $ref: "#/components/schemas/Kind" } }
      responses:
        "200":
          description: Answers with things.
          content: { application/json: { schema: { $ref: "#/components/schemas/Things" } } }
      x-pagination: { page: page, size: page_size, items: things, total: total_count, page-size: 10, summary: Lists all., example: "let all = 1;" }
      x-example: let one = 1;
  /things/{id}/file:
    get:
      operationId: ReadFile
      tags: [ThingApi]
      summary: Reads a file.
      description: Of a thing.
      x-idempotency: safe
      parameters:
        - { name: id, in: path, required: true, description: The thing., schema: { type: string } }
      responses:
        "200":
          description: Answers with a file.
          content: { application/json: { schema: { $ref: "#/components/schemas/File" } }, application/octet-stream: { x-media-type: application/pdf } }
        "404": { description: There is none. }
      x-example: let two = 2;
  /walk:
    get:
      operationId: WalkThings
      tags: [ThingApi]
      summary: Walks things.
      description: Of somebody.
      x-idempotency: safe
      x-one-of: [{ names: [owner, owners], require: at-least-one }]
      parameters:
        - { name: owner, in: query, description: Whose., schema: { type: string }, x-client-default: default_owner }
        - { name: owners, in: query, description: Whose., schema: { type: array, items: { type: string } } }
        - { name: month, in: query, description: When., schema: { type: string, format: billing-month } }
        - { name: code, in: query, required: true, description: A code., schema: { type: string }, x-secret: true }
        - { name: page_token, in: query, description: Which., schema: { type: string } }
        - { name: page_size, in: query, description: Size., schema: { type: integer, format: uint32 } }
      responses:
        "200":
          description: Answers with a page.
          content: { application/json: { schema: { $ref: "#/components/schemas/Walk" } } }
      x-pagination: { page: page_token, size: page_size, items: walked, next: next, page-size: 9, summary: Walks all., example: "let all = 3;" }
      x-example: let three = 3;
    patch:
      operationId: ChangeThings
      tags: [ThingApi]
      summary: Changes things.
      description: All of them.
      x-idempotency: idempotent
      x-one-of: [{ names: [bare, heavy], require: exactly-one }]
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [size]
              properties:
                size: { type: string, minLength: 1, maxLength: 5, description: How large. }
                bare: { type: array, items: { type: string }, description: Which. }
                heavy: { type: boolean, description: Whether heavy. }
      responses:
        "204": { description: Answers with nothing. }
      x-example: let four = 4;
components:
  schemas:
    Things:
      type: object
      description: A page.
      required: [total_count]
      properties:
        total_count: { type: integer, format: uint64, description: How many. }
        things: { type: array, items: { $ref: "#/components/schemas/Thing" }, description: They. }
        more: { type: array, items: { $ref: "#/components/schemas/Thing" }, description: More. }
    Thing:
      type: object
      description: One.
      properties:
        name: { type: string, description: Its name. }
        price: { type: number, format: decimal, description: Its price. }
        made: { type: [string, "null"], format: date-time, description: When. }
        part: { oneOf: [{ $ref: "#/components/schemas/Thing" }, { type: "null" }], description: In it. }
        old: { type: boolean, description: Whether old. }
    Kind:
      type: string
      description: A kind.
      oneOf:
        - { const: red, description: Red. }
        - { const: blue, description: Blue. }
    File: { type: object, description: A file., x-rust-type: crate::File }
    Walk:
      type: object
      description: A page.
      properties:
        walked: { type: array, items: { $ref: "#/components/schemas/Thing" }, description: They. }
        next: { type: [string, "null"], description: What is next. }
        then: { type: string, description: What comes then. }
        month: { type: [string, "null"], format: billing-month, description: When. }
    Notice:
      type: object
      description: What no operation answers with.
      x-standalone: true
      properties:
        text: { type: string, description: What it says. }
"##;

/// Another operation with the same response, whose list is another property.
const MORE_THINGS: &str = r##"  /more:
    get:
      operationId: ListMore
      tags: [ThingApi]
      summary: Lists more.
      description: Of the same.
      x-idempotency: safe
      parameters:
        - { name: page, in: query, description: Which., schema: { type: integer, format: int32 } }
        - { name: page_size, in: query, description: Size., schema: { type: integer, format: uint32 } }
      responses:
        "200":
          description: Answers with things.
          content: { application/json: { schema: { $ref: "#/components/schemas/Things" } } }
      x-pagination: { page: page, size: page_size, items: more, total: total_count, page-size: 10, summary: Lists all., example: "let all = 1;" }
      x-example: let one = 1;
  /things/{id}/file:
"##;

/// A part of the good spec, its replacement, and the place and reason of the rejection.
#[rustfmt::skip]
const BROKEN: &[(&str, &str, &str, &str)] = &[
    // The document.
    ("openapi: 3.1.1", "openapi: [", "", "this is not a YAML document"),
    ("openapi: 3.1.1", "openapi: 3.0.3", "openapi", "write `3.1.1`"),
    ("openapi: 3.1.1", "openapi: 3.1", "openapi", "put it in quotes"),
    ("openapi: 3.1.1", "", "", "`openapi` is missing"),
    ("openapi: 3.1.1", "openapi: 3.1.1\nservers: []", "", "the keyword `servers` is not supported"),
    ("openapi: 3.1.1", "openapi: 3.1.1\nopenapi: 3.1.1", "", "duplicate"),
    ("openapi: 3.1.1", "openapi: 3.1.1\n7: seven", "", "put it in quotes"),
    ("  title: Things", "  title: Things\n  license: MIT", "info", "`license`"),
    ("  title: Things", "", "info", "`title` is missing"),
    ("version: v1", "version: V1", "info.version", "`V1` is not a snake_case name, and the module has this name"),
    ("version: v1", "version: 1", "info.version", "put it in quotes"),
    ("summary: The things.", "", "info", "`summary` is missing"),
    ("description: All about things.", "description: \" \"", "info.description", "the description is empty"),
    ("description: All about things.", "description: \"# Things\"", "info.description", "begins with `#`"),
    ("description: All about things.", "description: \"Text.\\n\\n    code\\n```\\n\"", "info.description", "begins with ````"),
    ("externalDocs: { url: \"https://example.com/things\" }", "", "", "`externalDocs` is missing"),
    ("https://example.com/things", "http://example.com", "externalDocs.url", "an https URL"),
    ("https://example.com/things", "https://example.com/(x)", "externalDocs.url", "an https URL"),
    ("externalDocs: { url: \"https://example.com/things\" }", "externalDocs: x", "externalDocs", "expected a mapping"),
    // Tags.
    ("  - name: ThingApi\n    description: Things.\n    x-doc-aliases: [ThingsV1]", "  []", "tags", "the list is empty"),
    ("name: ThingApi", "name: Thing", "tags[0].name", "end it in `Api`"),
    ("name: ThingApi", "name: thingApi", "tags[0].name", "not a PascalCase name"),
    ("    description: Things.\n", "", "tags[0]", "`description` is missing"),
    ("[ThingsV1]", "[\"it's\"]", "tags[0].x-doc-aliases[0]", "rustdoc does not accept this alias"),
    ("[ThingsV1]", "[ThingApi]", "tags[0].x-doc-aliases[0]", "rustdoc does not accept this alias"),
    ("[ThingsV1]", "[ThingsV1]\n  - { name: ThingApi, description: Again. }", "tags[1].name", "the tag occurs twice"),
    ("[ThingsV1]", "[ThingsV1]\n  - { name: OtherApi, description: Another. }", "tags", "`OtherApi` is not used by any operation"),
    ("tags: [ThingApi]", "tags: [OtherApi]", "paths./things.get.tags[0]", "there is no tag `OtherApi`"),
    ("tags: [ThingApi]", "tags: [ThingApi, ThingApi]", "paths./things.get", "`tags` names one tag"),
    ("tags: [ThingApi]", "tags: ThingApi", "paths./things.get.tags", "expected a list"),
    // Routes and operations.
    ("paths:\n  /things:\n    get:", "paths:\n  /things:\n    head:", "paths./things", "the keyword `head`"),
    ("  /things:\n", "  things:\n", "paths.things.get", "a route must begin with a slash"),
    ("  /things:\n", "  /things//x:\n", "paths./things//x.get", "`` is not a segment"),
    ("  /things:\n", "  /things?x=1:\n", "paths./things?x=1.get", "not a segment of a route"),
    ("/{id}/file:", "/{id.pdf:", "paths./things/{id.pdf.get", "`{id.pdf` is not a segment"),
    ("/{id}/file:", "/{}.pdf:", "paths./things/{}.pdf.get", "`{}.pdf` is not a segment"),
    ("/{id}/file:", "/{id}{other}:", "paths./things/{id}{other}.get", "`{id}{other}` is not a segment"),
    ("/{id}/file:", "/id}.{id}:", "paths./things/id}.{id}.get", "is not a segment"),
    ("/{id}/file:", "/{id}/{id}:", "paths./things/{id}/{id}.get", "contains `{id}` twice"),
    ("/{id}/file:", "/{id}/{other}:", "paths./things/{id}/{other}.get", "the route has `{other}`, but no path parameter"),
    ("/{id}/file:", "/file:", "paths./things/file.get", "the path parameter `id` is not in the route"),
    ("operationId: ReadFile", "operationId: ListThings", "paths./things/{id}/file.get", "the operationId `ListThings` occurs twice"),
    ("operationId: ReadFile", "operationId: ListThingsAll", "paths./things/{id}/file.get", "the method name `list_things_all` is taken"),
    ("operationId: ReadFile", "operationId: list_things", "paths./things/{id}/file.get", "the method name `list_things` is taken"),
    ("operationId: ReadFile", "operationId: Self", "paths./things/{id}/file.get.operationId", "`self` cannot be a name in Rust"),
    ("operationId: ReadFile", "operationId: New", "paths./things/{id}/file.get.operationId", "would shadow the method"),
    ("operationId: ReadFile", "operationId: \"\"", "paths./things/{id}/file.get.operationId", "not a snake_case name"),
    ("      summary: Lists things.\n", "", "paths./things.get", "`summary` is missing"),
    ("      description: All of them.\n", "", "paths./things.get", "`description` is missing"),
    ("      description: All of them.\n", "      description: All.\n      deprecated: false\n", "paths./things.get.deprecated", "`false` is the default"),
    ("      description: All of them.\n", "      description: All.\n      x-deprecated: Use another.\n", "paths./things.get.x-deprecated", "it requires `deprecated: true`"),
    ("      description: All of them.\n", "      description: All.\n      requestBody: {}\n", "paths./things.get.requestBody", "GET cannot have a body"),
    ("      description: All of them.\n", "      description: All.\n      x-pages: {}\n", "paths./things.get", "`x-pages`"),
    ("      x-idempotency: safe\n", "", "paths./things.get", "`x-idempotency` is missing"),
    ("x-idempotency: safe", "x-idempotency: yes", "paths./things.get.x-idempotency", "`safe`, `idempotent` or `never`"),
    ("x-idempotency: safe", "x-idempotency: never", "paths./things.get.x-idempotency", "GET is always `safe`"),
    ("      x-example: let one = 1;\n", "", "paths./things.get", "`x-example` is missing"),
    ("x-example: let one = 1;", "x-example: \" \"", "paths./things.get.x-example", "the example is empty"),
    ("x-example: let one = 1;", "x-example: let one = ;", "paths./things.get.x-example", "this is not Rust code"),
    // Parameters.
    ("in: query, description: Kind.,", "in: cookie, description: Kind.,", "paths./things.get.parameters[2].in", "expected `path`, `query` or `header`, found `cookie`"),
    ("in: query, description: Kind.,", "in: query,", "paths./things.get.parameters[2]", "`description` is missing"),
    ("name: kind, in: query,", "name: Authorization, in: header,", "paths./things.get.parameters[2].name", "the client or the transport sets this header"),
    ("name: kind, in: query,", "name: \"a b\", in: header,", "paths./things.get.parameters[2].name", "not a valid header name"),
    ("name: page_size, in: query,", "name: page_size, in: header,", "paths./things.get.parameters[1].x-client-default", "in the query or body"),
    ("name: owners, in: query,", "name: owners, in: header,", "paths./walk.get.parameters[1].schema", "a header has one value"),
    ("in: path, required: true, description: The thing., schema: { type: string }", "in: path, required: true, description: The thing., schema: { type: string, format: byte }", "paths./things/{id}/file.get.parameters[0].schema", "a path parameter is a string, an integer, a date or a month"),
    ("{ name: kind, in: query, description: Kind., schema: { $ref: \"#/components/schemas/Kind\" } }", "{ $ref: \"#/components/parameters/Kind\" }", "paths./things.get.parameters[2].$ref", "does not exist: reference one under `components.parameters`"),
    ("{ name: kind, in: query, description: Kind., schema: { $ref: \"#/components/schemas/Kind\" } }", "{ $ref: \"#/components/parameters/Kind\", name: kind }", "paths./things.get.parameters[2]", "`name`"),
    ("  /things:\n", "  /things:\n    parameters: [{ name: page, in: path, required: true, description: X., schema: { type: string } }]\n", "paths./things.get", "`page` occurs twice"),
    ("in: query, description: Kind.,", "in: query, explode: true, description: Kind.,", "paths./things.get.parameters[2]", "`explode`"),
    ("in: query, description: Kind.,", "in: query, required: 1, description: Kind.,", "paths./things.get.parameters[2].required", "`true` or `false`"),
    ("name: kind,", "name: page,", "paths./things.get.parameters[2]", "`page` occurs twice"),
    ("name: kind,", "name: pageSize,", "paths./things.get.parameters[2]", "`page_size` and `pageSize` are both `page_size` in Rust: give one an `x-rust-name`"),
    ("name: kind,", "name: super,", "paths./things.get.parameters[2]", "`super` cannot be a name in Rust, not even a raw one: name it with `x-rust-name`"),
    ("name: kind,", "name: \"1\",", "paths./things.get.parameters[2]", "name it with `x-rust-name`"),
    ("name: kind,", "name: clone,", "paths./things.get.parameters[2]", "would shadow the method"),
    ("name: kind,", "name: kind, x-rust-name: Kind,", "paths./things.get.parameters[2].x-rust-name", "not a snake_case name"),
    ("schema: { $ref: \"#/components/schemas/Kind\" }", "schema: { $ref: \"#/components/schemas/Kin\" }", "paths./things.get.parameters[2].schema.$ref", "does not exist"),
    ("schema: { $ref: \"#/components/schemas/Kind\" }", "schema: { $ref: \"other.yaml#/Kind\" }", "paths./things.get.parameters[2].schema.$ref", "does not exist"),
    ("schema: { $ref: \"#/components/schemas/Kind\" }", "schema: { $ref: \"#/components/schemas/Kind\", default: red }", "paths./things.get.parameters[2].schema", "`default`"),
    ("schema: { $ref: \"#/components/schemas/Kind\" }", "schema: { $ref: \"#/components/schemas/Thing\" }", "paths./things.get.parameters[2].schema", "cannot have this type"),
    ("schema: { $ref: \"#/components/schemas/Kind\" }", "schema: { type: number, format: decimal }", "paths./things.get.parameters[2].schema", "cannot have this type"),
    ("schema: { $ref: \"#/components/schemas/Kind\" }", "schema: { type: [string, \"null\"] }", "paths./things.get.parameters[2].schema", "omitted, never null"),
    ("schema: { $ref: \"#/components/schemas/Kind\" }", "schema: { type: string, pattern: x }", "paths./things.get.parameters[2].schema", "`pattern`"),
    ("schema: { $ref: \"#/components/schemas/Kind\" }", "schema: { type: string, format: email }", "paths./things.get.parameters[2].schema", "the format `email`"),
    ("schema: { $ref: \"#/components/schemas/Kind\" }", "schema: { type: integer }", "paths./things.get.parameters[2].schema", "`format` is missing"),
    ("schema: { $ref: \"#/components/schemas/Kind\" }", "schema: { type: file }", "paths./things.get.parameters[2].schema", "the type `file`"),
    ("schema: { $ref: \"#/components/schemas/Kind\" }", "schema: { type: [string, boolean] }", "paths./things.get.parameters[2].schema.type", "expected one type, or a list"),
    ("schema: { $ref: \"#/components/schemas/Kind\" }", "schema: { type: array }", "paths./things.get.parameters[2].schema", "`items` is missing"),
    ("schema: { $ref: \"#/components/schemas/Kind\" }", "schema: {}", "paths./things.get.parameters[2].schema", "`type` is missing"),
    ("schema: { $ref: \"#/components/schemas/Kind\" }", "schema: []", "paths./things.get.parameters[2].schema", "`type` is missing"),
    ("minimum: 1, maximum: 9", "minimum: 9, maximum: 1", "paths./things.get.parameters[0].schema", "`minimum` is above `maximum`"),
    ("minimum: 1, maximum: 9", "minimum: x", "paths./things.get.parameters[0].schema.minimum", "expected an integer"),
    ("required: true, description: The thing.", "description: The thing.", "paths./things/{id}/file.get.parameters[0]", "add `required: true`"),
    ("schema: { type: string } }", "schema: { type: boolean } }", "paths./things/{id}/file.get.parameters[0].schema", "a path parameter is a string"),
    ("schema: { type: string } }", "schema: { type: string }, x-client-default: default_id }", "paths./things/{id}/file.get.parameters[0].x-client-default", "in the query or body"),
    ("schema: { $ref: \"#/components/schemas/Kind\" }", "schema: { $ref: \"#/components/schemas/Kind\" }, x-client-default: kind", "paths./things.get.parameters[2].x-client-default", "a string or an integer"),
    ("x-client-default: default_page_size", "x-client-default: pageSize", "paths./things.get.parameters[1].x-client-default", "not a snake_case name"),
    ("      parameters:\n        - { name: id", "      parameters: []\n      x:\n        - { name: id", "paths./things/{id}/file.get", "`x`"),
    ("x-secret: true", "x-secret: 1", "paths./walk.get.parameters[3].x-secret", "`true` or `false`"),
    ("x-secret: true", "x-secret: false", "paths./walk.get.parameters[3].x-secret", "remove it"),
    ("format: billing-month } }", "format: billing-day } }", "paths./walk.get.parameters[2].schema", "the format `billing-day`"),
    // Groups of parameters.
    ("[{ names: [owner, owners], require: at-least-one }]", "[]", "paths./walk.get.x-one-of", "the list is empty"),
    ("names: [owner, owners]", "name: [owner, owners]", "paths./walk.get.x-one-of[0]", "`name`"),
    ("names: [owner, owners], ", "", "paths./walk.get.x-one-of[0]", "`names` is missing"),
    ("require: at-least-one", "require: all", "paths./walk.get.x-one-of[0].require", "`at-most-one`, `exactly-one` or `at-least-one`"),
    ("require: at-least-one", "require: exactly-one", "paths./walk.get.x-one-of[0].names[0]", "remove the `x-client-default`"),
    ("[owner, owners]", "[owner]", "paths./walk.get.x-one-of[0].names", "name two or more"),
    ("[owner, owners]", "[owner, owner]", "paths./walk.get.x-one-of[0].names[1]", "`owner` occurs twice"),
    ("[owner, owners]", "[owner, nobody]", "paths./walk.get.x-one-of[0].names[1]", "there is no optional parameter `nobody`"),
    ("[owner, owners]", "[owner, code]", "paths./walk.get.x-one-of[0].names[1]", "there is no optional parameter `code`"),
    ("require: at-least-one }]", "require: at-least-one }, { names: [month, owner], require: at-most-one }]", "paths./walk.get.x-one-of[1].names[1]", "`owner` occurs twice"),
    // Bodies.
    ("      requestBody:\n        required: true\n", "      requestBody:\n", "paths./walk.patch.requestBody", "`required` is missing"),
    ("      requestBody:\n        required: true\n", "      requestBody:\n        required: false\n", "paths./walk.patch.requestBody.required", "a body is always required"),
    ("      requestBody:\n        required: true\n", "      requestBody:\n        required: true\n        description: X.\n", "paths./walk.patch.requestBody", "`description`"),
    ("      requestBody:\n        required: true\n", "      requestBody:\n", "paths./walk.patch.requestBody", "`required` is missing"),
    ("          application/json:\n            schema:\n", "          text/plain:\n            schema:\n", "paths./walk.patch.requestBody.content", "`text/plain`"),
    ("          application/json:\n            schema:\n", "          application/json:\n            example: 1\n            schema:\n", "paths./walk.patch.requestBody.content.application/json", "`example`"),
    ("              type: object\n              required: [size]\n", "              $ref: \"#/components/schemas/Thing\"\n", "paths./walk.patch.requestBody.content.application/json.schema", "`$ref`"),
    ("              type: object\n              required: [size]\n", "              type: array\n", "paths./walk.patch.requestBody.content.application/json.schema.type", "a body must be an object"),
    ("required: [size]", "required: [size, sort]", "paths./walk.patch.requestBody.content.application/json.schema.required[1]", "there is no property `sort`"),
    ("required: [size]", "required: [size, size]", "paths./walk.patch.requestBody.content.application/json.schema.required[1]", "`size` occurs twice"),
    ("required: [size]", "required: [size, heavy]", "paths./walk.patch.x-one-of[0].names[1]", "there is no optional parameter `heavy`"),
    ("minLength: 1", "minLength: 6", "paths./walk.patch.requestBody.content.application/json.schema.properties.size", "`minLength` is above `maxLength`"),
    ("maxLength: 5, description: How large.", "maxLength: 5", "paths./walk.patch.requestBody.content.application/json.schema.properties.size", "`description` is missing"),
    ("heavy: { type: boolean,", "heavy: { type: number, format: decimal,", "paths./walk.patch.requestBody.content.application/json.schema.properties.heavy", "cannot have this type"),
    ("heavy: { type: boolean,", "heavy: { type: [boolean, \"null\"],", "paths./walk.patch.requestBody.content.application/json.schema.properties.heavy", "omitted, never null"),
    ("heavy: { type: boolean,", "heavy: { type: boolean, x-rust-name: size,", "paths./walk.patch.requestBody.content.application/json.schema.properties.heavy", "are both `size` in Rust"),
    // Responses.
    ("        \"404\": { description: There is none. }", "        \"404\": { description: None., content: {} }", "paths./things/{id}/file.get.responses.404", "`content`"),
    ("        \"404\": { description: There is none. }", "        \"201\": { description: Two. }", "paths./things/{id}/file.get.responses", "two success responses"),
    ("        \"404\": { description: There is none. }", "        default: { description: Else. }", "paths./things/{id}/file.get.responses.default", "a status, such as"),
    ("        \"404\": { description: There is none. }", "        404: { description: None. }", "paths./things/{id}/file.get.responses", "put it in quotes"),
    ("        \"200\":\n          description: Answers with things.", "        \"404\":\n          description: Answers with things.", "paths./things.get.responses.404", "`content`"),
    ("          description: Answers with things.\n", "", "paths./things.get.responses.200", "`description` is missing"),
    ("content: { application/json: { schema: { $ref: \"#/components/schemas/Things\" } } }", "content: { text/xml: {} }", "paths./things.get.responses.200.content", "`text/xml`"),
    ("content: { application/json: { schema: { $ref: \"#/components/schemas/Things\" } } }", "content: { application/octet-stream: {}, text/csv: {} }", "paths./things.get.responses.200.content", "`application/json` is missing"),
    ("content: { application/json: { schema: { $ref: \"#/components/schemas/Things\" } } }", "content: { text/csv: {} }", "paths./things.get.x-pagination", "only a response with a JSON object can be paginated"),
    ("content: { application/json: { schema: { $ref: \"#/components/schemas/Things\" } } }", "content: { text/csv: { schema: { type: string } } }", "paths./things.get.responses.200.content.text/csv", "`schema`"),
    ("schema: { $ref: \"#/components/schemas/Things\" }", "schema: { type: array, items: { type: string } }", "paths./things.get.responses.200.content.application/json.schema", "must be a list of objects"),
    ("schema: { $ref: \"#/components/schemas/Things\" }", "schema: { type: array, items: { $ref: \"#/components/schemas/Thing\" } }", "paths./things.get.x-pagination", "only a response with a JSON object can be paginated"),
    ("schema: { $ref: \"#/components/schemas/Things\" }", "schema: { $ref: \"#/components/schemas/Kind\" }", "paths./things.get.responses.200.content.application/json.schema", "a response must be an object or a list"),
    ("schema: { $ref: \"#/components/schemas/Things\" }", "schema: { type: object }", "paths./things.get.responses.200.content.application/json.schema", "an object needs a name"),
    ("schema: { $ref: \"#/components/schemas/File\" }", "schema: { $ref: \"#/components/schemas/Things\" }", "paths./things/{id}/file.get.responses.200.content.application/json.schema", "a hand-written type"),
    ("x-media-type: application/pdf", "x-media-type: text/html", "paths./things/{id}/file.get.responses.200.content.application/octet-stream.x-media-type", "application/pdf, application/zip"),
    ("{ x-media-type: application/pdf }", "{}", "paths./things/{id}/file.get.responses.200.content.application/octet-stream", "`x-media-type` is missing"),
    ("{ x-media-type: application/pdf }", "{ schema: {} }", "paths./things/{id}/file.get.responses.200.content.application/octet-stream", "`schema`"),
    // Required numbers, and null that is sent.
    ("required: [total_count]", "required: [total]", "components.schemas.Things.required[0]", "there is no property `total`"),
    ("required: [total_count]", "required: [total_count, total_count]", "components.schemas.Things.required[1]", "occurs twice"),
    ("required: [total_count]", "required: [total_count, more]", "components.schemas.Things.required[1]", "only a number"),
    ("      required: [total_count]\n", "", "paths./things.get.x-pagination.total", "required integer"),
    ("description: How many. }\n        things", "description: How many., x-clearable: true }\n        things", "components.schemas.Things.properties.total_count.x-clearable", "must include \"null\""),
    ("description: How many. }\n        things", "description: How many., readOnly: true }\n        things", "components.schemas.Things.properties.total_count.readOnly", "both sent and received"),
    // Pages.
    ("page: page, size", "style: page, page: page, size", "paths./things.get.x-pagination", "`style`"),
    ("page: page, size", "size", "paths./things.get.x-pagination", "`page` is missing"),
    ("items: things,", "", "paths./things.get.x-pagination", "`items` is missing"),
    ("items: things,", "items: total_count,", "paths./things.get.x-pagination.items", "`Things` has no property `total_count` that is a list of objects"),
    ("total: total_count", "total: things", "paths./things.get.x-pagination.total", "no property `things` that is a required integer of format uint64"),
    ("page-size: 10", "page-size: 0", "paths./things.get.x-pagination.page-size", "at least one item"),
    ("page-size: 10", "page-size: 10, max: 5", "paths./things.get.x-pagination", "`max`"),
    ("name: page,", "name: number,", "paths./things.get.x-pagination.page", "an optional query parameter `page`"),
    ("name: page_size,", "name: per_page,", "paths./things.get.x-pagination.size", "an optional query parameter `page_size`, an integer"),
    ("      x-example: let two = 2;", "      x-example: let two = 2;\n      x-pagination: { page: page, size: page_size, items: a, total: b, page-size: 1 }", "paths./things/{id}/file.get.x-pagination", "only a response with a JSON object can be paginated"),
    ("schema: { $ref: \"#/components/schemas/Things\" }", "schema: { $ref: \"#/components/schemas/File\" }", "paths./things.get.x-pagination", "the keyword `items` is not supported here"),
    ("schema: { $ref: \"#/components/schemas/Things\" } }", "schema: { $ref: \"#/components/schemas/File\" } }, application/octet-stream: { x-media-type: application/pdf }", "paths./things.get.x-pagination", "only a response with a JSON object can be paginated"),
    ("  /things/{id}/file:\n", MORE_THINGS, "paths./more.get.x-pagination", "`Things` is already paginated in another way"),
    ("items: walked, next: next", "items: walked, next: next, total: next", "paths./walk.get.x-pagination.total", "no property `next` that is an integer of format uint64"),
    ("next: next", "next: month", "paths./walk.get.x-pagination.next", "no property `month` that is a string"),
    ("next: next, ", "", "paths./walk.get.x-pagination", "pages with tokens have a `next`"),
    ("name: page_token, in: query,", "name: page_token, in: query, required: true,", "paths./walk.get.x-pagination.page", "an optional query parameter `page_token`"),
    // Schemas.
    ("components:\n", "components:\n  responses: {}\n", "components", "`responses`"),
    ("components:\n", "components:\n  parameters: { Kind: { name: kind, in: query, description: X., schema: { type: string } } }\n", "components.parameters.Kind", "no operation uses this parameter"),
    ("    Kind:\n", "    kind:\n", "paths./things.get.parameters[2].schema.$ref", "reference a schema under `components`: did you mean `kind`?"),
    ("    Kind:\n", "    \"1st\":\n", "components.schemas.1st", "`1st` is not a PascalCase name: rename the schema"),
    ("    Walk:\n", "    thing: { type: string, description: X., oneOf: [{ const: a, description: A. }] }\n    Walk:\n", "components.schemas.thing", "`Thing` and `thing` are both `Thing` in Rust"),
    ("    Kind:\n", "    Option:\n", "components.schemas.Option", "generated code uses this name"),
    ("    Kind:\n", "    ReadFileRequest: { type: string, description: X., oneOf: [{ const: a, description: A. }] }\n    Kind:\n", "components.schemas.ReadFileRequest", "no operation uses this schema"),
    ("      x-standalone: true\n", "", "components.schemas.Notice", "add `x-standalone: true`"),
    ("      x-standalone: true\n", "      x-standalone: false\n", "components.schemas.Notice.x-standalone", "remove it"),
    ("      x-standalone: true\n", "      x-standalone: always\n", "components.schemas.Notice.x-standalone", "`true` or `false`"),
    ("    Things:\n      type: object\n", "    Things:\n      type: object\n      x-standalone: true\n", "components.schemas.Things", "remove `x-standalone`"),
    ("    Kind:\n      type: string\n", "    Kind:\n      type: string\n      x-standalone: true\n", "components.schemas.Kind", "`x-standalone`"),
    ("type: [string, \"null\"], format: billing-month", "type: string, format: billing-month", "components.schemas.Walk.properties.month", "no default value"),
    ("    Things:\n      type: object\n", "    Things:\n      type: integer\n", "components.schemas.Things", "a schema must be an object, or a string"),
    ("    Things:\n      type: object\n", "    Things:\n      type: object\n      additionalProperties: true\n", "components.schemas.Things", "`additionalProperties`"),
    ("      description: One.\n", "", "components.schemas.Thing", "`description` is missing"),
    ("description: Its name.", "", "components.schemas.Thing.properties.name", "`description` is missing"),
    ("description: Its name.", "example: x, description: Its name.", "components.schemas.Thing.properties.name", "`example`"),
    ("type: number, format: decimal", "type: number, format: double", "components.schemas.Thing.properties.price", "write `format: decimal`"),
    ("type: [string, \"null\"], format: date-time", "type: string, format: date-time", "components.schemas.Thing.properties.made", "no default value"),
    ("type: [string, \"null\"], format: date-time", "type: [string, null], format: date-time", "components.schemas.Thing.properties.made.type[1]", "put it in quotes"),
    ("oneOf: [{ $ref: \"#/components/schemas/Thing\" }, { type: \"null\" }]", "$ref: \"#/components/schemas/Thing\"", "components.schemas.Thing.properties.part", "`Thing` would contain itself infinitely"),
    ("oneOf: [{ $ref: \"#/components/schemas/Thing\" }, { type: \"null\" }]", "oneOf: [{ $ref: \"#/components/schemas/Thing\" }]", "components.schemas.Thing.properties.part.oneOf", "only a `$ref` or null"),
    ("oneOf: [{ $ref: \"#/components/schemas/Thing\" }, { type: \"null\" }]", "oneOf: [{ $ref: \"#/components/schemas/Thing\" }, { type: string }]", "components.schemas.Thing.properties.part.oneOf[1]", "expected `type: \"null\"`"),
    ("oneOf: [{ $ref: \"#/components/schemas/Thing\" }, { type: \"null\" }]", "oneOf: [{ type: string }, { type: \"null\" }]", "components.schemas.Thing.properties.part.oneOf[0]", "`type`"),
    ("oneOf: [{ $ref: \"#/components/schemas/Thing\" }, { type: \"null\" }]", "anyOf: []", "components.schemas.Thing.properties.part", "`anyOf` is not supported"),
    ("type: boolean, description: Whether old.", "type: object, description: Whether old.", "components.schemas.Thing.properties.old", "put it under `components.schemas`"),
    ("type: boolean, description: Whether old.", "type: boolean, default: 1, description: Old.", "components.schemas.Thing.properties.old.default", "`true` or `false`"),
    ("type: boolean, description: Whether old.", "type: [array, \"null\"], items: { type: string }, description: Old.", "components.schemas.Thing.properties.old", "a null list is decoded as empty"),
    ("type: boolean, description: Whether old.", "type: array, items: { type: [string, \"null\"] }, description: Old.", "components.schemas.Thing.properties.old.items", "lists of nulls"),
    ("type: boolean, description: Whether old.", "type: [object, \"null\"], additionalProperties: true, description: Old.", "components.schemas.Thing.properties.old", "a null map is decoded as empty"),
    ("type: array, items: { type: string }, description: Which. }", "type: array, items: { type: string, format: byte }, description: Which. }", "paths./walk.patch.requestBody.content.application/json.schema.properties.bare", "cannot have this type"),
    ("name: owners, in: query, description: Whose., schema: { type: array, items: { type: string } }", "name: owners, in: query, description: Whose., schema: { type: array, items: { type: array, items: { type: string } } }", "paths./walk.get.parameters[1].schema", "cannot have this type"),
    ("name: owners, in: query, description: Whose., schema: { type: array, items: { type: string } }", "name: owners, in: query, description: Whose., schema: { type: object, additionalProperties: true }", "paths./walk.get.parameters[1].schema", "cannot have this type"),
    ("old: {", "Name: {", "components.schemas.Thing.properties.Name", "`name` and `Name` are both `name` in Rust"),
    ("      properties:\n        name:", "      properties: {}\n      x:\n        name:", "components.schemas.Thing", "`x`"),
    ("old: { type: boolean, description: Whether old. }", "old: { $ref: \"#/components/schemas/Empty\", description: X. }\n    Empty: { type: object, description: X., properties: {} }", "components.schemas.Empty", "an object needs properties"),
    // Enums.
    ("      oneOf:\n        - { const: red, description: Red. }\n        - { const: blue, description: Blue. }", "      enum: [red, blue]", "components.schemas.Kind.enum", "write `oneOf`, a list of `const` and `description`"),
    ("      oneOf:\n        - { const: red, description: Red. }\n        - { const: blue, description: Blue. }", "      oneOf: []", "components.schemas.Kind.oneOf", "the list is empty"),
    ("      oneOf:\n        - { const: red, description: Red. }\n        - { const: blue, description: Blue. }", "", "components.schemas.Kind", "`oneOf` is missing"),
    ("{ const: blue, description: Blue. }", "{ const: red, description: Blue. }", "components.schemas.Kind.oneOf[1]", "the value `red` occurs twice"),
    ("{ const: blue, description: Blue. }", "{ const: RED, description: Blue. }", "components.schemas.Kind.oneOf[1]", "`red` and `RED` are both `Red` in Rust"),
    ("{ const: blue, description: Blue. }", "{ const: blue }", "components.schemas.Kind.oneOf[1]", "`description` is missing"),
    ("{ const: blue, description: Blue. }", "{ const: 1.10, description: Blue. }", "components.schemas.Kind.oneOf[1].const", "put it in quotes"),
    ("{ const: blue, description: Blue. }", "{ const: true, description: Blue. }", "components.schemas.Kind.oneOf[1].const", "put it in quotes"),
    ("{ const: blue, description: Blue. }", "{ const: \"\", description: Blue. }", "components.schemas.Kind.oneOf[1]", "give `` another `x-rust-name`"),
    ("{ const: blue, description: Blue. }", "{ const: 2nd, description: Blue. }", "components.schemas.Kind.oneOf[1]", "`2nd` is not a PascalCase name: give `2nd` another `x-rust-name`"),
    ("{ const: blue, description: Blue. }", "{ const: unknown, description: Blue. }", "components.schemas.Kind.oneOf[1]", "`Unknown` is reserved for unlisted values: give `unknown` another `x-rust-name`"),
    ("{ const: blue, description: Blue. }", "{ const: blue, x-rust-name: Self, description: Blue. }", "components.schemas.Kind.oneOf[1].x-rust-name", "`Self` cannot be a name"),
    ("{ const: blue, description: Blue. }", "{ const: blue, title: Blue, description: Blue. }", "components.schemas.Kind.oneOf[1]", "`title`"),
    ("    Things:\n      type: object\n", "    Things:\n      allOf: []\n      type: object\n", "components.schemas.Things", "compositions are not supported"),
    // Typing mistakes in names.
    ("x-doc-aliases:", "x-doc-alias:", "tags[0]", "did you mean `x-doc-aliases`?"),
    ("x-idempotency: safe", "x-idempotency: save", "paths./things.get.x-idempotency", "found `save`: did you mean `safe`?"),
    ("tags: [ThingApi]", "tags: [ThingsApi]", "paths./things.get.tags[0]", "did you mean `ThingApi`?"),
    ("schemas/Things\"", "schemas/Thinks\"", "paths./things.get.responses.200.content.application/json.schema.$ref", "did you mean `Things`?"),
    ("names: [owner, owners]", "names: [ownr, owners]", "paths./walk.get.x-one-of[0].names[0]", "did you mean `owner`?"),
    ("required: [size]", "required: [siz]", "paths./walk.patch.requestBody.content.application/json.schema.required[0]", "did you mean `size`?"),
    ("format: int32, minimum", "format: int23, minimum", "paths./things.get.parameters[0].schema", "did you mean `int32`?; use `int32`, `int64`, `uint32` or `uint64`"),
    ("type: boolean, description: Whether old.", "type: bool, description: Old.", "components.schemas.Thing.properties.old", "the type `bool` is not supported"),
    ("x-client-default: default_owner", "x-client-default: default_ower", "paths./walk.get.parameters[0].x-client-default", "has no method `default_ower`: did you mean `default_owner`?"),
    ("x-rust-type: crate::File", "x-rust-type: crate::Fil", "components.schemas.File.x-rust-type", "`crate::Fil` is not at the root of the vendor's crate: did you mean `File`?"),
    // Hand-written types.
    ("x-rust-type: crate::File", "x-rust-type: File", "components.schemas.File.x-rust-type", "a type at the crate root"),
    ("x-rust-type: crate::File", "x-rust-type: crate::file::File", "components.schemas.File.x-rust-type", "a type at the crate root"),
    ("x-rust-type: crate::File", "x-rust-type: crate::Things", "", "two types would have the name `Things`"),
    ("x-rust-type: crate::File", "properties: {}, x-rust-type: crate::File", "components.schemas.File", "`properties`"),
    ("description: A file., ", "", "components.schemas.File", "`description` is missing"),
];

/// The hand-written items of the vendor's crate.
fn hand() -> CrateRoot {
    let lib = "pub use file::File; pub use things::Things; pub use client::Client;";
    let client = "impl Client { fn default_owner(&self) {} fn default_page_size(&self) {} }";
    CrateRoot::read(lib, [client]).unwrap()
}

fn read(text: &str) -> Result<Files, String> {
    let specs = [("specs/things/things.v1.yaml".to_owned(), text.to_owned())];
    generate("things", &specs, &hand()).map_err(|refusal| refusal.to_string())
}

#[test]
fn broken_specs_are_rejected_with_file_place_and_reason() {
    read(GOOD).unwrap();
    let mut wrong = Vec::new();
    for (from, to, path, reason) in BROKEN {
        assert!(GOOD.contains(from), "not in the good spec: {from}");
        let place = if path.is_empty() { String::new() } else { format!("at `{path}`: ") };
        let start = "specs/things/things.v1.yaml:";
        match read(&GOOD.replacen(from, to, 1)) {
            Ok(_) => wrong.push(format!("accepted: {from} -> {to}")),
            Err(text)
                if text.starts_with(start)
                    && text.contains(&format!(": {place}"))
                    && text.contains(reason) => {}
            Err(text) => {
                wrong.push(format!("{from} -> {to}\n  due: {start}…{reason}\n  was: {text}"))
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_mistake_is_reported_with_its_line() {
    let mut text = GOOD.to_owned();
    for (from, to) in [
        ("summary: The things.", "sumary: The things."),
        ("operationId: ListThings", "operationId: Self"),
        ("description: Size.,", ""),
        ("name: kind,", "name: super,"),
        ("        \"404\": { description: There is none. }", "        \"404\": {}"),
        ("required: [size]", "required: [sizes]"),
        ("description: Which. }", "descripton: Which. }"),
        ("description: How many. }", "description: \"\" }"),
        ("{ const: red, description: Red. }", "{ const: red }"),
        ("{ const: blue, description: Blue. }", "{ const: 2nd, description: Blue. }"),
        ("x-rust-type: crate::File", "x-rust-type: File"),
    ] {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    let refusal = read(&text).unwrap_err();
    let places: Vec<&str> = refusal.lines().map(|line| line.split('`').nth(1).unwrap()).collect();
    // A misspelt keyword is missing, too.
    let expected = [
        "info",
        "info",
        "paths./things.get.operationId",
        "paths./things.get.parameters[1]",
        "paths./things.get.parameters[2]",
        "paths./things/{id}/file.get.responses.404",
        "paths./walk.patch.requestBody.content.application/json.schema.required[0]",
        "paths./walk.patch.requestBody.content.application/json.schema.properties.bare",
        "components.schemas.Things.properties.total_count.description",
        "components.schemas.Kind.oneOf[0]",
        "components.schemas.Kind.oneOf[1]",
        "components.schemas.File.x-rust-type",
    ];
    assert_eq!(places, expected, "{refusal}");
    let numbers: Vec<usize> =
        refusal.lines().map(|line| line.split(':').nth(1).unwrap().parse().unwrap()).collect();
    let lines: Vec<&str> = text.lines().collect();
    for (number, found) in numbers.into_iter().zip([
        "info:",
        "sumary",
        "Self",
        "page_size",
        "super",
        "\"404\"",
        "sizes",
        "bare",
        "total_count",
        "red",
        "2nd",
        "x-rust-type",
    ]) {
        assert!(lines[number - 1].contains(found), "{number}: {found}");
    }
}

#[test]
fn every_mistake_in_one_place_is_reported() {
    let info =
        GOOD.replace("title: Things", "titel: Things").replace("version: v1", "version: V-1");
    let parameter = GOOD.replace(
        "{ name: kind, in: query, description: Kind.,",
        "{ name: kind, in: query, x-secret: 7,",
    );
    let path = GOOD.replace(
        "{ name: id, in: path, required: true, description: The thing., schema: { type: string } }",
        "{ name: id, in: path, schema: { type: boolean }, x-client-default: no_such }",
    );
    let place =
        GOOD.replace("name: page_size, in: query,", "name: page_size, in: body, requird: true,");
    for (text, reasons) in [
        (info, &["titel", "`title` is missing", "the module has this name"][..]),
        (parameter, &["x-secret", "`description` is missing"]),
        (path, &["`required: true`", "a string, an integer", "x-client-default", "description"]),
        (place, &["requird", "`query`"]),
    ] {
        let refusal = read(&text).unwrap_err();
        for reason in reasons {
            assert!(refusal.contains(reason), "{reason}: {refusal}");
        }
    }
}

#[test]
fn special_characters_do_not_break_the_output() {
    let text = GOOD
        .replace(", x-secret: true", "")
        .replace("name: kind, in: query", "name: fmt, in: query")
        .replace("x-example: let one = 1;", "x-example: \"let one = 1; // one\"")
        .replace("/walk:", "/walk|run:");
    let specs = [("specs/things/a.yaml".to_owned(), text)];
    let files = generate("things", &specs, &hand()).unwrap();
    let requests = &files["v1/requests.rs"];
    assert!(requests.contains("pub fmt: ") && !requests.contains("use std::fmt"), "{requests}");
    assert!(files["v1/thing_api.rs"].contains("/// let one = 1; // one\n    /// # Ok(())"));
    assert!(files["operations.md"].contains(r"| `GET /walk\|run` |"), "{}", files["operations.md"]);
}

#[test]
fn hyphen_in_vendor_name_becomes_underscore() {
    let specs = [("specs/two-words/a.yaml".to_owned(), GOOD.to_owned())];
    let files = generate("two-words", &specs, &hand()).unwrap();
    assert!(files["v1/thing_api.rs"].contains("use two_words_billing::{"));
}

#[test]
fn version_has_one_file() {
    let specs = ["a", "b"].map(|name| (format!("specs/things/{name}.yaml"), GOOD.to_owned()));
    let refusal = generate("things", &specs, &hand()).unwrap_err().to_string();
    assert!(refusal.starts_with("specs/things/b.yaml:1: "), "{refusal}");
    assert!(refusal.contains("specs/things/a.yaml: put both in one file"), "{refusal}");
}

/// Reverses the order of keywords. Entries whose order counts, such as properties, are not
/// reordered.
fn turned(value: serde_yaml_ng::Value, keywords: bool) -> serde_yaml_ng::Value {
    use serde_yaml_ng::Value;

    match value {
        Value::Mapping(mapping) => {
            let entry = |(key, value): (Value, Value)| {
                let ordered = ["paths", "properties", "schemas"];
                let inner = !key.as_str().is_some_and(|key| ordered.contains(&key));
                (key, turned(value, inner))
            };
            let mut entries: Vec<_> = mapping.into_iter().map(entry).collect();
            if keywords {
                entries.reverse();
            }
            Value::Mapping(entries.into_iter().collect())
        }
        Value::Sequence(values) => {
            Value::Sequence(values.into_iter().map(|value| turned(value, true)).collect())
        }
        value => value,
    }
}

#[test]
fn order_of_keywords_does_not_matter() {
    let value = serde_yaml_ng::from_str(GOOD).unwrap();
    let text = serde_yaml_ng::to_string(&turned(value, true)).unwrap();
    assert!(text.find("components:").unwrap() < text.find("openapi:").unwrap());
    assert_eq!(read(&text).unwrap(), read(GOOD).unwrap());
    assert_eq!(read(GOOD).unwrap(), read(GOOD).unwrap());
}
