CREATE TABLE evidence (
	city {int} NOT NULL, evidence {int} NOT NULL, device {int}, order_id {int}, type {int}, purpose {int},
	bytes {int}, digest {blob}, added_us {int},
	PRIMARY KEY (city, evidence)
) {strict};
CREATE INDEX evidence_of_device ON evidence (city, device);
CREATE INDEX evidence_of_order ON evidence (city, order_id);
