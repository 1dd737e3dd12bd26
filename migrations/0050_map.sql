CREATE TABLE district_map (
	city {int} NOT NULL,
	seq {int} NOT NULL,
	n {int} NOT NULL,
	body {text} NOT NULL,
	digest {blob} NOT NULL,
	PRIMARY KEY (city, seq, n)
) {strict};

CREATE TABLE district_map_now (
	city {int} NOT NULL,
	seq {int} NOT NULL,
	n {int} NOT NULL,
	digest {blob} NOT NULL,
	districts {int} NOT NULL,
	points {int} NOT NULL,
	PRIMARY KEY (city)
) {strict};
