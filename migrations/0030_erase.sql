CREATE TABLE erasure (
	city {int} NOT NULL,
	device {int} NOT NULL,
	medium {int} NOT NULL,
	attempt {int} NOT NULL,
	seq {int} NOT NULL,
	round {int} NOT NULL,
	outcome {int} NOT NULL,
	method {int},
	sampled {int},
	mismatched {int},
	logged {int} NOT NULL,
	operator_user {int} NOT NULL,
	witness_user {int},
	recorded_us {int} NOT NULL,
	PRIMARY KEY (city, device, medium, attempt)
) {strict};

CREATE TABLE erase_run (
	city {int} NOT NULL,
	device {int} NOT NULL,
	rounds {int} NOT NULL,
	started_seq {int} NOT NULL,
	PRIMARY KEY (city, device)
) {strict};
