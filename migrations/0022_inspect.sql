CREATE TABLE inspection (
	city {int} NOT NULL, seq {int} NOT NULL, n {int} NOT NULL, item {int}, device {int}, grade_c {int}, grade_f {int},
	price_minor {int}, rubric {blob}, facts {text}, inspector {int}, inspected_us {int},
	PRIMARY KEY (city, seq, n)
) {strict};
CREATE INDEX inspection_by_item ON inspection (city, item, seq);
