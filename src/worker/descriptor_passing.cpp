#include "worker/descriptor_passing.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/assertion.hpp"

namespace backtest {

namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

constexpr std::size_t most_descriptors = 3;

// A message of one byte with room for descriptors.
struct Message {
  alignas(cmsghdr) char control[CMSG_SPACE(most_descriptors * sizeof(int))] = {};
  char byte = 0;
  iovec part{.iov_base = &byte, .iov_len = 1};
  msghdr header{};

  Message() {
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof control;
  }
};

std::vector<FileDescriptor> received_with(int socket, int flags) {
  Message message;
  ssize_t got = -1;
  do {
    got = recvmsg(socket, &message.header, flags | MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  const cmsghdr* const control = got > 0 ? CMSG_FIRSTHDR(&message.header) : nullptr;
  std::vector<FileDescriptor> received;
  if (control == nullptr || control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS) return received;
  const std::size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
  for (std::size_t i = 0; i < count; ++i) {
    int descriptor = -1;
    std::memcpy(&descriptor, CMSG_DATA(control) + i * sizeof descriptor, sizeof descriptor);
    received.emplace_back(descriptor);
  }
  return received;
}

}  // namespace

void FileDescriptor::close_now() {
  if (number_ >= 0) close(number_);
  number_ = -1;
}

Pipe::Pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) fail("pipe");
  read_end = FileDescriptor(ends[0]);
  write_end = FileDescriptor(ends[1]);
}

DescriptorChannel::DescriptorChannel() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) fail("a pair of sockets");
  parents_ = FileDescriptor(ends[0]);
  childs_ = FileDescriptor(ends[1]);
}

FileDescriptor DescriptorChannel::receive() {
  std::vector<FileDescriptor> received = received_with(parents_.number(), MSG_DONTWAIT);
  return received.size() == 1 ? std::move(received[0]) : FileDescriptor();
}

void send_descriptors(int socket, std::span<const int> descriptors) {
  BACKTEST_ASSERT(descriptors.size() <= most_descriptors, "a message has room for three descriptors");
  Message message;
  message.header.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
  cmsghdr* const control = CMSG_FIRSTHDR(&message.header);
  control->cmsg_level = SOL_SOCKET;
  control->cmsg_type = SCM_RIGHTS;
  control->cmsg_len = CMSG_LEN(descriptors.size_bytes());
  std::memcpy(CMSG_DATA(control), descriptors.data(), descriptors.size_bytes());
  while (sendmsg(socket, &message.header, MSG_NOSIGNAL) < 0) {
    if (errno != EINTR) fail("handing over a file");
  }
}

std::vector<FileDescriptor> receive_descriptors(int socket) {
  return received_with(socket, 0);
}

}  // namespace backtest
