CREATE TABLE inspection (
	city {int} NOT NULL, item {int} NOT NULL, seq {int} NOT NULL, device {int}, grade_c {int}, grade_f {int},
	price_minor {int}, inspected_us {int},
	PRIMARY KEY (city, item, seq)
) {strict};
