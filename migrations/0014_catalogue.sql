CREATE TABLE category (
	city {int} NOT NULL,
	seq {int} NOT NULL,
	n {int} NOT NULL,
	code {text} NOT NULL,
	name_en {text} NOT NULL,
	name_zh {text} NOT NULL,
	weee {int} NOT NULL,
	unu_key {text} NOT NULL,
	storage {int} NOT NULL,
	battery {int} NOT NULL,
	mass_mg {int} NOT NULL,
	mass_source {text} NOT NULL,
	PRIMARY KEY (city, seq, n)
) {strict};

CREATE TABLE model (
	city {int} NOT NULL,
	seq {int} NOT NULL,
	n {int} NOT NULL,
	brand {text} NOT NULL,
	name {text} NOT NULL,
	code {text},
	category {text} NOT NULL,
	variants_gb {text},
	search {text} NOT NULL,
	mass_mg {int},
	mass_source {text},
	released_day {int},
	launch_minor {int},
	launch_currency {text},
	source {text} NOT NULL,
	PRIMARY KEY (city, seq, n)
) {strict};

CREATE TABLE tac (
	city {int} NOT NULL,
	seq {int} NOT NULL,
	n {int} NOT NULL,
	tac {text} NOT NULL,
	brand {text} NOT NULL,
	name {text} NOT NULL,
	source {text} NOT NULL,
	PRIMARY KEY (city, seq, n)
) {strict};

CREATE INDEX tac_code ON tac (city, tac);

CREATE TABLE catalogue_part (
	city {int} NOT NULL,
	seq {int} NOT NULL,
	n {int} NOT NULL,
	kind {int} NOT NULL,
	list {text} NOT NULL,
	version {text} NOT NULL,
	part {int} NOT NULL,
	parts {int} NOT NULL,
	rows {int} NOT NULL,
	digest {blob} NOT NULL,
	PRIMARY KEY (city, seq, n)
) {strict};

CREATE TABLE catalogue_list (
	city {int} NOT NULL,
	list {text} NOT NULL,
	kind {int} NOT NULL,
	version {text},
	first_seq {int},
	last_seq {int},
	rows {int},
	digest {blob},
	next_version {text},
	next_part {int},
	next_parts {int},
	next_first_seq {int},
	next_rows {int},
	next_digest {blob},
	PRIMARY KEY (city, list)
) {strict};

CREATE TABLE category_now (
	city {int} NOT NULL,
	code {text} NOT NULL,
	seq {int} NOT NULL,
	n {int} NOT NULL,
	PRIMARY KEY (city, code)
) {strict};
