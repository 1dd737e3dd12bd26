CREATE TABLE city (
	city {int} NOT NULL,
	name {text} NOT NULL,
	time_zone {text} NOT NULL,
	currency {text} NOT NULL,
	programme {int} NOT NULL,
	opened_us {int} NOT NULL,
	quote_days {int} NOT NULL,
	offer_days {int} NOT NULL,
	hold_days {int} NOT NULL,
	return_days {int} NOT NULL,
	payout_days {int} NOT NULL,
	simulated {int} NOT NULL,
	PRIMARY KEY (city)
) {strict};

CREATE TABLE city_rate (
	city {int} NOT NULL,
	code {text} NOT NULL,
	from_us {int} NOT NULL,
	rate_bp {int} NOT NULL,
	margin {int} NOT NULL,
	PRIMARY KEY (city, code, from_us)
) {strict};
