CREATE TABLE party (
	city {int} NOT NULL,
	party {int} NOT NULL,
	kind {int} NOT NULL,
	roles {int} NOT NULL,
	vault_seq {int},
	vault_n {int},
	created_us {int} NOT NULL,
	keep_until_us {int},
	forgotten_us {int},
	public_name {text},
	commission_bp {int} NOT NULL,
	commission_minor {int} NOT NULL,
	PRIMARY KEY (city, party)
) {strict};

CREATE TABLE site (
	city {int} NOT NULL,
	site {int} NOT NULL,
	party {int} NOT NULL,
	kind {int} NOT NULL,
	lat_e6 {int},
	lon_e6 {int},
	name {text} NOT NULL,
	address {text},
	hours {text},
	"open" {int} NOT NULL,
	PRIMARY KEY (city, site)
) {strict};

CREATE TABLE vault (
	city {int} NOT NULL,
	seq {int} NOT NULL,
	n {int} NOT NULL,
	subject {int} NOT NULL,
	kind {int} NOT NULL,
	sealed {blob} NOT NULL,
	PRIMARY KEY (city, seq, n)
) {strict};
