import * as Wrapper from "./Wrapper.js"

/** `PR_SET_CHILD_SUBREAPER` of prctl(2). */
const setChildSubreaper = 36

/**
 * The fork server: a Perl program of its own process. A wrapper forked from it is there at
 * once, where a shell has to be loaded first, for every run. It keeps to the same files as
 * the shell wrapper (`Wrapper`), in the same order, so the two can race for a key.
 * What it is told and tells: `ForkServerProtocol`.
 *
 * When the input ends, the server ends, and what it started goes on.
 */
export const text = String.raw`
use strict;
use POSIX ();

binmode STDIN;
# Above 2, so that no program inherits it.
open(my $events, '>&', \*STDOUT) or exit 1;
sub say_ { syswrite($events, "$_[0]\n") }

# Handled, not ignored: what is handled is at its default again in the program that is run.
my $asked;
sub asked { $asked = 1 }
sub heard { }
my %running;
my $input = '';
my $known = 0;

sub fields {
  $input =~ /^(\d+)\n/ or return;
  my ($head, $size) = ($+[0], $1);
  return if length($input) < $head + $size;
  my @fields = split /\0/, substr($input, $head, $size), -1;
  substr($input, 0, $head + $size) = '';
  return @fields;
}

sub give_up { say_("$_[0] failed " . ($! + 0)); POSIX::_exit(1) }

sub make_folder {
  my ($path) = @_;
  return 1 if mkdir($path) || $! == POSIX::EEXIST;
  # /s: the name of a folder may hold a line break.
  my $above = $path =~ m{^(.+)/}s ? $1 : '/';
  return 0 if $! != POSIX::ENOENT;
  # Another wrapper may have made it in between.
  -e $above or make_folder($above) or return 0;
  return mkdir($path) || $! == POSIX::EEXIST;
}

# Where another submit has written the file, its job may read it: then it is replaced at once.
sub write_file {
  my ($path, $draft, $content) = @_;
  my $file;
  my $fresh = sysopen($file, $path, POSIX::O_WRONLY | POSIX::O_CREAT | POSIX::O_EXCL);
  $fresh or open($file, '>', $draft) or return 0;
  my $written = syswrite($file, $content);
  # A short write is no error to Perl: the disk is full.
  if (defined $written && $written != length $content) { $! = POSIX::ENOSPC; return 0 }
  return defined $written && close($file) && ($fresh || rename($draft, $path));
}

sub wrapper {
  my ($id, $run, $folder, $middle, $cwd, @rest) = @_;
  $0 = "${Wrapper.name("$folder")}";
  $SIG{CHLD} = 'DEFAULT';
  # Nobody may be there to read that a job has ended.
  $SIG{PIPE} = \&heard;
  POSIX::setsid();
  make_folder($run) and make_folder($folder) or give_up($id);
  for (1 .. shift @rest) {
    my $name = shift @rest;
    write_file("$run/$name", "$folder/.$name.$$", shift @rest) or give_up($id);
  }
  open(STDIN, '<', '/dev/null') or give_up($id);
  open(STDOUT, '>>', "$folder/output.log") or give_up($id);
  open(STDERR, '>&', \*STDOUT) or give_up($id);
  chdir($cwd) or give_up($id);
  for (1 .. shift @rest) { my $name = shift @rest; $ENV{$name} = shift @rest }
  for (1 .. shift @rest) { delete $ENV{shift @rest} }

  open(my $stat, '<', '/proc/self/stat') or POSIX::_exit(${Wrapper.exit.noStartTime});
  my $line = <$stat>;
  close $stat;
  my ($listed) = $line =~ /^(\d+)/;
  my $start = (split / /, substr($line, rindex($line, ')') + 2))[19];

  my $claim = "1 $$ $listed $middle $start";
  sysopen(my $file, "$folder/claim", POSIX::O_WRONLY | POSIX::O_CREAT | POSIX::O_EXCL) or POSIX::_exit(${Wrapper.exit.claimed});
  if (syswrite($file, "$claim\n") != 1 + length $claim) { unlink "$folder/claim"; POSIX::_exit(${Wrapper.exit.notWritten}) }
  close $file;
  # Before anybody hears of the claim: from then on the folder may be moved.
  opendir(my $there, $folder);
  say_("$id claimed $claim");

  $SIG{$_} = \&asked for qw(TERM INT HUP);
  my $job = fork;
  if (!defined $job) {
    print STDERR "sweepline: could not start a process: $!\n";
    exit 1;
  }
  if ($job == 0) {
    # A signal that came before there was a program was meant for it.
    POSIX::_exit(${128 + 15}) if $asked;
    exec { $rest[0] } @rest;
    print STDERR "sweepline: could not run $rest[0]: $!\n";
    POSIX::_exit(126);
  }
  1 until waitpid($job, 0) == $job;
  my $code = $? & 127 ? 128 + ($? & 127) : $? >> 8;
  my ($said, $result) = ('signalled');
  # The folder may have been moved meanwhile.
  my $home = $there && chdir($there) ? '.' : $folder;
  if (open($result, '>', "$home/exit_code") and print $result "$code\n" and close($result)) {
    $said = "done $code " . (-s STDOUT);
  } else {
    print STDERR "sweepline: could not write the exit code: $!\n";
  }
  say_("$id $said");
  kill 'KILL', -$$;
  POSIX::_exit(0);
}

sub reap {
  while ((my $pid = waitpid(-1, POSIX::WNOHANG)) > 0) {
    my $id = delete $running{$pid} // next;
    # Also of one that ended in order, which killed itself with its group: it may not have come to say so.
    say_($? & 127 ? "$id signalled" : "$id exited " . ($? >> 8));
  }
}

# What a job orphans comes to us, not to process 1, which may be a scheduler that can't await it.
my $prctl = { x86_64 => 157, aarch64 => 167 }->{ (POSIX::uname)[4] };
syscall($prctl, ${setChildSubreaper}, 1, 0, 0, 0) if $prctl;

# It only wakes the select below; should it come just before, the second's wait ends it.
$SIG{CHLD} = \&heard;
say_('ready');
while (1) {
  reap();
  my $mask = '';
  vec($mask, 0, 1) = 1;
  next if select($mask, undef, undef, %running ? 1 : undef) < 1;
  my $read = sysread(STDIN, $input, 65536, length $input);
  exit 0 if defined $read and $read == 0;
  while (my @job = fields()) {
    if (!$known) { %ENV = @job; $known = 1; next }
    my $pid = fork;
    if (!defined $pid) { say_("$job[0] failed " . ($! + 0)); next }
    wrapper(@job) if $pid == 0;
    $running{$pid} = $job[0];
  }
}
`
