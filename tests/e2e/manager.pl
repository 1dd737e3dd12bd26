#!/usr/bin/perl
# Plays the service manager's part: listens, passes the socket as descriptor 3, hears what the program
# notifies. usage: manager.pl FOLDER COMMAND...
#   FOLDER/port, FOLDER/pid: where it listens, and the program; FOLDER/notified: what was said, a line each,
#   datagrams apart by "--". Ends with the program's exit code.
use strict;
use warnings;
use Fcntl qw(F_SETFD);
use IO::Socket::INET;
use IO::Socket::UNIX;
use POSIX ();
use Socket qw(SOCK_DGRAM);

my ($folder, @command) = @ARGV;

sub note
{
	my ($name, $text) = @_;
	open(my $out, '>', "$folder/$name.new") or die "$folder/$name: $!\n";
	print $out $text;
	close($out);
	rename("$folder/$name.new", "$folder/$name") or die "$!\n";
}

my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 0, Listen => 16, Proto => 'tcp')
	or die "listen: $!\n";
unlink("$folder/notify");
my $hears = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => "$folder/notify") or die "notify: $!\n";
open(my $log, '>', "$folder/notified") or die "$!\n";
$log->autoflush(1);

my $pid = fork();
die "fork: $!\n" if !defined $pid;
if ($pid == 0) {
	POSIX::dup2(fileno($listener), 3) if fileno($listener) != 3;
	open(my $passed, '+<&=', 3) or die "$!\n";
	fcntl($passed, F_SETFD, 0); # it outlives exec
	$ENV{LISTEN_PID} = $$;
	$ENV{LISTEN_FDS} = 1;
	$ENV{NOTIFY_SOCKET} = "$folder/notify";
	exec(@command) or POSIX::_exit(127);
}
note('port', $listener->sockport . "\n");
note('pid', "$pid\n");
close($listener);
my $ended = 0;
while (!$ended) {
	$ended = waitpid($pid, POSIX::WNOHANG()) == $pid;
	my $ready = '';
	vec($ready, fileno($hears), 1) = 1;
	while (select(my $some = $ready, undef, undef, $ended ? 0 : 0.05)) {
		last if !defined recv($hears, my $text, 4096, 0);
		print $log "$text\n--\n";
	}
}
exit(POSIX::WIFEXITED($?) ? POSIX::WEXITSTATUS($?) : 128);
