CREATE TABLE batch (
	city {int} NOT NULL,
	batch {int} NOT NULL,
	state {int} NOT NULL,
	site {int} NOT NULL,
	dismantler {int} NOT NULL,
	scale {text} NOT NULL,
	devices {int} NOT NULL,
	in_mg {int} NOT NULL,
	out_mg {int} NOT NULL,
	gain_mg {int} NOT NULL,
	loss_mg {int} NOT NULL,
	opened_us {int} NOT NULL,
	closed_us {int},
	loss_reason {int},
	PRIMARY KEY (city, batch)
) {strict};

CREATE TABLE batch_device (
	city {int} NOT NULL,
	batch {int} NOT NULL,
	device {int} NOT NULL,
	nominal_mg {int} NOT NULL,
	scale_mg {int} NOT NULL,
	weighed_us {int} NOT NULL,
	seq {int} NOT NULL,
	PRIMARY KEY (city, batch, device)
) {strict};

CREATE TABLE device_batch (
	city {int} NOT NULL,
	device {int} NOT NULL,
	batch {int} NOT NULL,
	PRIMARY KEY (city, device)
) {strict};

CREATE TABLE component (
	city {int} NOT NULL,
	device {int} NOT NULL,
	component {int} NOT NULL,
	parent {int} NOT NULL,
	code {text} NOT NULL,
	material {text},
	fraction {text},
	hazard {text},
	mass_mg {int},
	batch {int} NOT NULL,
	seq {int} NOT NULL,
	PRIMARY KEY (city, device, component)
) {strict};

CREATE TABLE lot (
	city {int} NOT NULL,
	lot {int} NOT NULL,
	state {int} NOT NULL,
	site {int} NOT NULL,
	fraction {text} NOT NULL,
	waste_code {text} NOT NULL,
	hazard {int} NOT NULL,
	mass_mg {int} NOT NULL,
	consignment {int},
	opened_us {int} NOT NULL,
	PRIMARY KEY (city, lot)
) {strict};

CREATE TABLE batch_lot (
	city {int} NOT NULL,
	batch {int} NOT NULL,
	lot {int} NOT NULL,
	mass_mg {int} NOT NULL,
	PRIMARY KEY (city, batch, lot)
) {strict};

CREATE TABLE consignment (
	city {int} NOT NULL,
	consignment {int} NOT NULL,
	state {int} NOT NULL,
	site {int} NOT NULL,
	recycler {int} NOT NULL,
	carrier {int},
	document {text} NOT NULL,
	lots {int} NOT NULL,
	mass_mg {int} NOT NULL,
	shipped_us {int} NOT NULL,
	receipts {int} NOT NULL,
	receipt_seq {int},
	received_mg {int},
	value_minor {int},
	fee_minor {int},
	certificate {text},
	PRIMARY KEY (city, consignment)
) {strict};

CREATE TABLE consignment_lot (
	city {int} NOT NULL,
	consignment {int} NOT NULL,
	lot {int} NOT NULL,
	shipped_mg {int} NOT NULL,
	received_mg {int},
	PRIMARY KEY (city, consignment, lot)
) {strict};

CREATE TABLE receipt (
	city {int} NOT NULL,
	consignment {int} NOT NULL,
	n {int} NOT NULL,
	seq {int} NOT NULL,
	at_us {int} NOT NULL,
	certificate {text} NOT NULL,
	dated_us {int} NOT NULL,
	received_mg {int} NOT NULL,
	value_minor {int} NOT NULL,
	fee_minor {int} NOT NULL,
	reverses_seq {int},
	reason {int},
	PRIMARY KEY (city, consignment, n)
) {strict};

CREATE TABLE certificate (
	city {int} NOT NULL,
	recycler {int} NOT NULL,
	certificate {text} NOT NULL,
	consignment {int} NOT NULL,
	PRIMARY KEY (city, recycler, certificate)
) {strict};

CREATE INDEX batch_dismantler ON batch (city, dismantler);
CREATE INDEX lot_site ON lot (city, site);
CREATE INDEX consignment_recycler ON consignment (city, recycler);
