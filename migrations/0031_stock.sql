CREATE TABLE sale (
	city {int} NOT NULL,
	sale {int} NOT NULL,
	state {int} NOT NULL,
	device {int} NOT NULL,
	buyer {int} NOT NULL,
	site {int} NOT NULL,
	price_minor {int} NOT NULL,
	tax_minor {int} NOT NULL,
	tax_code {text},
	tax_bp {int},
	margin {int},
	cost_minor {int},
	pending_seq {int} NOT NULL,
	pending_n {int} NOT NULL,
	pending_tax_n {int},
	sold_us {int} NOT NULL,
	delivered_us {int},
	delivered_seq {int},
	return_until_us {int},
	mass_mg {int},
	returned_us {int},
	returned_seq {int},
	reason {int},
	PRIMARY KEY (city, sale)
) {strict};

CREATE TABLE stock_device (
	city {int} NOT NULL,
	device {int} NOT NULL,
	received_us {int},
	shelf_site {int},
	opened_seq {int},
	choice {int},
	resale_minor {int},
	recovery_minor {int},
	PRIMARY KEY (city, device)
) {strict};

CREATE TABLE shelf (
	city {int} NOT NULL,
	site {int} NOT NULL,
	device {int} NOT NULL,
	PRIMARY KEY (city, site, device)
) {strict};

CREATE TABLE buyer_payment (
	city {int} NOT NULL,
	reference {text} NOT NULL,
	kind {int} NOT NULL,
	buyer {int} NOT NULL,
	amount_minor {int} NOT NULL,
	seq {int} NOT NULL,
	at_us {int} NOT NULL,
	PRIMARY KEY (city, reference)
) {strict};

CREATE TABLE repair_part (
	city {int} NOT NULL,
	repair {int} NOT NULL,
	n {int} NOT NULL,
	device {int} NOT NULL,
	seq {int} NOT NULL,
	code {text} NOT NULL,
	direction {int} NOT NULL,
	mass_mg {int} NOT NULL,
	cost_minor {int} NOT NULL,
	medium {int},
	at_us {int} NOT NULL,
	PRIMARY KEY (city, repair, n)
) {strict};

CREATE TABLE stocktake (
	city {int} NOT NULL,
	stocktake {int} NOT NULL,
	site {int} NOT NULL,
	taken_us {int} NOT NULL,
	expected {int} NOT NULL,
	seen {int} NOT NULL,
	lost {int} NOT NULL,
	missing {int} NOT NULL,
	unexpected {int} NOT NULL,
	PRIMARY KEY (city, stocktake)
) {strict};

CREATE TABLE stocktake_line (
	city {int} NOT NULL,
	stocktake {int} NOT NULL,
	device {int} NOT NULL,
	result {int} NOT NULL,
	state {int},
	PRIMARY KEY (city, stocktake, device)
) {strict};

CREATE INDEX sale_device ON sale (city, device);
CREATE INDEX sale_buyer ON sale (city, buyer);
CREATE INDEX stocktake_site ON stocktake (city, site);
