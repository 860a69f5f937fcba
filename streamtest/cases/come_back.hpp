#ifndef STREAMTEST_CASES_COME_BACK_HPP
#define STREAMTEST_CASES_COME_BACK_HPP

#include <streamtest/subject/trial.hpp>

namespace streamtest {

/// The read that was begun gives the appended event, in every field. For vocabularies that carry
/// anything.
void must_come_back(const Trial& trial, const Logged& appended, Pending read);
void must_come_back(const Trial& trial, const Logged& appended,
                    const eventstream::Result<eventstream::Event>& seen);

}  // namespace streamtest

#endif
