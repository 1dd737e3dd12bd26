CREATE TABLE app_user (
	city {int} NOT NULL,
	"user" {int} NOT NULL,
	login {text} NOT NULL,
	roles {int} NOT NULL,
	org {int} NOT NULL,
	scope {int} NOT NULL,
	created_us {int} NOT NULL,
	disabled_us {int},
	credential_seq {int},
	credential_n {int},
	PRIMARY KEY (city, "user")
) {strict};

CREATE TABLE user_login (
	city {int} NOT NULL,
	login {text} NOT NULL,
	"user" {int} NOT NULL,
	PRIMARY KEY (city, login)
) {strict};

CREATE TABLE credential (
	city {int} NOT NULL,
	seq {int} NOT NULL,
	n {int} NOT NULL,
	"user" {int} NOT NULL,
	sealed {blob} NOT NULL,
	PRIMARY KEY (city, seq, n)
) {strict};

CREATE TABLE token (
	city {int} NOT NULL,
	hash {blob} NOT NULL,
	token {int} NOT NULL,
	"user" {int} NOT NULL,
	label {text} NOT NULL,
	issued_us {int} NOT NULL,
	expires_us {int} NOT NULL,
	revoked_us {int},
	PRIMARY KEY (city, hash)
) {strict};

CREATE INDEX token_user ON token (city, "user", token);

CREATE TABLE token_index (
	city {int} NOT NULL,
	token {int} NOT NULL,
	hash {blob} NOT NULL,
	PRIMARY KEY (city, token)
) {strict};

CREATE TABLE login_attempt (
	city {int} NOT NULL,
	login {text} NOT NULL,
	failures {int} NOT NULL,
	last_us {int} NOT NULL,
	PRIMARY KEY (city, login)
) {strict};
