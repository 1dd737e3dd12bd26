CREATE TABLE trade_order (
	city {int} NOT NULL, order_id {int} NOT NULL, owner {int}, merchant {int}, site {int}, channel {int},
	slot_us {int}, netted {int}, purchase_minor {int}, items {int}, booked_us {int}, lapse_us {int}, access {blob},
	account_seq {int}, account_n {int},
	PRIMARY KEY (city, order_id)
) {strict};
CREATE INDEX trade_order_by_merchant ON trade_order (city, merchant, order_id);
CREATE INDEX trade_order_by_owner ON trade_order (city, owner, order_id);

CREATE TABLE item (
	city {int} NOT NULL, item {int} NOT NULL, order_id {int}, n {int}, booked_seq {int}, state {int}, since_us {int},
	device {int}, model {int}, category {text}, quoted_minor {int}, bonus_minor {int}, offered_minor {int},
	agreed_minor {int}, commission_minor {int}, offer_until_us {int}, given_us {int}, taken_us {int}, inspection_seq {int}, payout {int},
	answers {text}, storage_gb {int}, battery_percent {int}, age_months {int}, price_list {blob},
	priced_us {int}, taken_site {int}, carrier {int}, custody_only {int},
	PRIMARY KEY (city, item)
) {strict};
CREATE INDEX item_by_state ON item (city, state, item);
