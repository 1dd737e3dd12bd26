#!/usr/bin/perl
# totals.pl JOURNAL REPORT [SUMMARY]: adds up a city's journal and holds the sums against what the program says.
#
# JOURNAL is `relode export journal --city N` (JSON lines), REPORT `relode report --city N --json`, SUMMARY
# what `relode simulate --json` printed. This script knows the journal's form (docs and README of the
# kernel) and the meaning of account names, and shares no code with the program. It prints "ok NAME" for
# each figure that agrees, and exits with 1 when one does not.
use strict;
use warnings;
use Digest::SHA qw(sha256);
use JSON::PP;

my ($journal, $report_file, $summary_file) = @ARGV;
die "usage: totals.pl JOURNAL REPORT [SUMMARY]\n" unless defined $report_file;

my $json = JSON::PP->new->utf8;
my $bad  = 0;

sub read_json {
	my ($file) = @_;
	open my $in, '<:raw', $file or die "$file: $!\n";
	local $/;
	my $text = <$in>;
	return $json->decode($text);
}

sub same {
	my ($name, $mine, $its) = @_;
	$its = 'nothing' unless defined $its;
	if ("$mine" eq "$its") {
		print "ok $name: $mine\n";
	} else {
		print "FAIL $name: the journal adds up to $mine, the program says $its\n";
		$bad++;
	}
}

sub wrong {
	print "FAIL @_\n";
	$bad++;
}

# --- the journal ---

my %count;     # by entry type
my %state;     # devices and items that came to a state
my %net;       # account kind, unit -> what was posted to it
my %flow;      # from kind, to kind, unit -> sum posted
my %balance;   # account, unit -> posted
my %pending;   # seq/n -> transfer
my %paid;      # money_owner account -> paid by the bank
my %owed;      # money_owner account -> put in
my %erased;    # method, outcome -> attempts
my (%agreed, %taken, %offered, %at_once);
my ($agreed_minor, $bonus_minor, $in_mg, $out_mg, $hazard_mg) = (0, 0, 0, 0, 0);
my @leaf;

sub kind_of { my ($account) = @_; return (split m{/}, $account)[0]; }

sub post {
	my ($t, $amount) = @_;
	my ($from, $to, $unit) = @$t{qw(from to unit)};
	$balance{$from}{$unit} -= $amount;
	$balance{$to}{$unit}   += $amount;
	$net{ kind_of($from) }{$unit} -= $amount;
	$net{ kind_of($to) }{$unit}   += $amount;
	$flow{ kind_of($from) . ' ' . kind_of($to) }{$unit}{amount} += $amount;
	$flow{ kind_of($from) . ' ' . kind_of($to) }{$unit}{count}++;
	$paid{$from} += $amount if kind_of($from) eq 'money_owner' && $to eq 'money_bank';
	$owed{$to}   += $amount if kind_of($to) eq 'money_owner';
	wrong("an amount that is not above zero: $from to $to") unless $amount > 0;
}

sub transfers {
	my ($e) = @_;
	my $n = 0;
	for my $t (@{ $e->{transfers} // [] }) {
		$n++;
		my $kind = $t->{kind} // 'posted';
		if ($kind eq 'posted') {
			post($t, $t->{amount});
		} elsif ($kind eq 'pending') {
			$pending{"$e->{seq}/$n"} = $t;
		} else {
			my $p = delete $pending{"$t->{pending_seq}/$t->{pending_n}"};
			wrong("entry $e->{seq} ends a promise that is not open") unless $p;
			post($t, $t->{amount}) if $kind eq 'post';
		}
	}
}

sub erasure {
	my ($e) = @_;
	my $d = $e->{data};
	if ($e->{type} eq 'erase.attempt') {
		$erased{ ($d->{method} // 'none') . ' ' . $d->{outcome} }++;
	} elsif ($e->{type} eq 'erase.destroy') {
		$erased{'Destroy verified'}++;
	}
}

sub agreement {
	my ($e) = @_;
	my $d = $e->{data};
	return unless $e->{type} eq 'inspect.record' || $e->{type} eq 'tradein.accept';
	$offered{ $d->{item} } = 1 if ($d->{to} // '') eq 'offered';
	return unless defined $d->{agreed_minor};
	wrong("item $d->{item} is agreed twice") if $agreed{ $d->{item} }++;
	$at_once{ $d->{item} } = 1 if $e->{type} eq 'inspect.record';
	$agreed_minor += $d->{agreed_minor};
	$bonus_minor  += $d->{bonus_minor} // 0;
}

sub recovery {
	my ($e) = @_;
	my $d = $e->{data};
	$in_mg += $d->{scale_mg} if $e->{type} eq 'recover.weigh_in';
	return unless $e->{type} eq 'recover.weigh_out';
	$out_mg    += $d->{mass_mg};
	$hazard_mg += $d->{mass_mg} if $d->{hazard};
}

my ($seq, $last_us) = (0, 0);
open my $in, '<:raw', $journal or die "$journal: $!\n";
while (my $line = <$in>) {
	chomp $line;
	my $e = $json->decode($line);
	push @leaf, sha256("\0" . $line);
	wrong("entry $seq is missing") if $e->{seq} != $seq;
	wrong("entry $seq is dated before the one in front of it") if $e->{recorded_us} < $last_us;
	$seq++;
	$last_us = $e->{recorded_us};
	$count{ $e->{type} }++;
	$state{ $e->{data}{to} }++ if defined $e->{data}{to};
	if (grep { kind_of($_->{from}) eq 'pc_outside' } @{ $e->{transfers} // [] }) {
		$taken{ $e->{data}{device} }++;
	}
	transfers($e);
	erasure($e);
	agreement($e);
	recovery($e);
}
close $in;
die "FAIL the journal is empty\n" unless $seq;

# RFC 6962: the root over all leaves.
sub root {
	my @level = @_;
	return $level[0] if @level == 1;
	my $k = 1;
	$k *= 2 while $k * 2 < @level;
	return sha256("\x01" . root(@level[0 .. $k - 1]) . root(@level[$k .. $#level]));
}

# --- what must hold by itself ---

my %sum;
for my $account (sort keys %balance) {
	for my $unit (keys %{ $balance{$account} }) {
		$sum{$unit} += $balance{$account}{$unit};
		next if $balance{$account}{$unit} >= 0;
		wrong("$account is below zero: $balance{$account}{$unit} $unit")
			if $account =~ m{^(mg_device|mg_batch|mg_fraction|mg_consignment|mg_sold|money_owner|money_merchant|money_buyer|pc_(?!outside))};
	}
}
same("sum of all accounts in $_", $sum{$_}, 0) for sort keys %sum;
my $short = grep { ($paid{$_} // 0) > $owed{$_} } keys %owed;
same('owners paid more than they are owed', $short, 0);
same('promises still open', scalar(keys %pending), 0);

# --- the report ---

my $report = read_json($report_file);
my %figure = map { $_->{figure} => $_->{value} } map { @{ $_->{rows} } } grep { $_->{id} eq 'figures' } @{ $report->{sections} };

sub rows {
	my ($id) = @_;
	return map { @{ $_->{rows} } } grep { $_->{id} eq $id } @{ $report->{sections} };
}

my ($currency) = grep { $_ ne 'mg' && $_ ne 'pc' } keys %sum;
same('devices taken', scalar(keys %taken), $report->{devices_taken});
same('devices agreed', scalar(keys %agreed), $report->{devices_agreed});
same('devices given back', $state{returned} // 0, $report->{devices_given_back});
same('sales delivered', $count{'stock.deliver'} // 0, $report->{sales_delivered});
same('sales returned', $count{'stock.return'} // 0, $report->{sales_returned});
same('devices dismantled', $count{'recover.weigh_in'} // 0, $report->{devices_dismantled});
same('orders booked', $count{'tradein.book'} // 0, $report->{orders_booked});

my ($mass_in, $mass_out) = (0, 0);
for my $row (rows('mass')) {
	next if $row->{account} eq 'remainder';
	my $mine = $net{ $row->{account} }{mg} // 0;
	$mine = -$mine if $row->{side} eq 'in';
	$row->{side} eq 'in' ? $mass_in += $mine : ($mass_out += $mine);
	same("milligrams, $row->{side}, $row->{account}", $mine, $row->{mass_mg});
}
same('milligrams in', $mass_in, $report->{mass_in_mg});
same('milligrams out', $mass_out, $report->{mass_out_mg});

my %flows = (
	price_agreed => 'money_device money_owner', netted_at_retailers => 'money_owner money_merchant',
	commissions => 'money_device money_merchant', paid_to_owners => 'money_owner money_bank',
	paid_to_merchants => 'money_merchant money_bank', deposits => 'money_bank money_buyer',
	refunds => 'money_buyer money_bank', sold_without_tax => 'money_buyer money_device',
	tax_on_sales => 'money_buyer money_tax', sales_reversed => 'money_device money_buyer',
	tax_reversed => 'money_tax money_buyer', tax_paid => 'money_tax money_bank',
	bonus => 'money_benefit money_owner', repairs => 'money_device money_repair',
);
my %reported = map { $_->{flow} => $_ } rows('money');
for my $name (sort keys %flows) {
	my $mine = $flow{ $flows{$name} }{$currency};
	next unless $mine || $reported{$name};
	same("money, $name", $mine->{amount}, $reported{$name}{amount_minor});
}

my %outcome = map { ($_->{method} // 'none') . ' ' . $_->{outcome} => $_->{attempts} } rows('erasure');
same("erasure, $_", $erased{$_}, $outcome{$_}) for sort keys %erased;
same('kinds of erasure outcomes', scalar(keys %erased), scalar(keys %outcome));

# --- the simulation's own account ---

if (defined $summary_file) {
	my $s = read_json($summary_file);
	my %mine = (
		taken => scalar(keys %taken), agreed => scalar(keys %agreed), agreed_at_once => scalar(keys %at_once),
		offered => scalar(keys %offered), declined => $count{'tradein.decline'} // 0,
		returned => $state{returned} // 0, orders => $count{'tradein.book'} // 0,
		erase_attempts => $count{'erase.attempt'} // 0, media_destroyed => $count{'erase.destroy'} // 0,
		sold => $count{'stock.sell'} // 0, delivered => $count{'stock.deliver'} // 0,
		buyer_returns => $count{'stock.return'} // 0, dismantled => $count{'recover.weigh_in'} // 0,
		dismantled_in_mg => $in_mg, fractions_out_mg => $out_mg, hazardous_mg => $hazard_mg,
		agreed_minor => $agreed_minor, bonus_minor => $bonus_minor,
		paid_owners_minor => $flow{'money_owner money_bank'}{$currency}{amount} // 0,
		paid_merchants_minor => $flow{'money_merchant money_bank'}{$currency}{amount} // 0,
		log_size => $seq, log_root => unpack('H*', root(@leaf)),
	);
	same("simulation, $_", $mine{$_}, $s->{$_}) for sort keys %mine;
}

exit($bad ? 1 : 0);
