CREATE TABLE device (
	city {int} NOT NULL, device {int} NOT NULL, state {int}, since_us {int}, held_from {int}, hold_until_us {int},
	owner {int}, custody {int}, site {int}, model {int}, category {text}, storage {int}, item {int},
	received_us {int}, taken_mg {int}, mass_mg {int}, grade_c {int}, grade_f {int}, listed_minor {int}, sale {int}, returns {int},
	hold_reason {int}, lost_from {int}, to_site {int}, moved_us {int},
	PRIMARY KEY (city, device)
) {strict};
CREATE INDEX device_by_state ON device (city, state, device);

CREATE TABLE identifier (
	city {int} NOT NULL, device {int} NOT NULL, n {int} NOT NULL, kind {int}, blind {blob}, vault_seq {int},
	vault_n {int}, from_us {int}, to_us {int},
	PRIMARY KEY (city, device, n)
) {strict};

CREATE TABLE identifier_index (
	city {int} NOT NULL, blind {blob} NOT NULL, device {int} NOT NULL, n {int} NOT NULL,
	PRIMARY KEY (city, blind, device, n)
) {strict};

CREATE TABLE medium (
	city {int} NOT NULL, device {int} NOT NULL, medium {int} NOT NULL, kind {int}, state {int}, capacity_gb {int},
	attempts {int}, last_seq {int},
	PRIMARY KEY (city, device, medium)
) {strict};

CREATE TABLE device_link (
	city {int} NOT NULL, device {int} NOT NULL, same_as {int} NOT NULL, from_us {int}, to_us {int},
	PRIMARY KEY (city, device, same_as)
) {strict};
