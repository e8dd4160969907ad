#include "services/cli/sample/generator.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/hash.h"
#include "services/cli/sample/random.h"
#include "services/cli/sample/sample_record.h"
#include "services/cli/sample/vocabulary.h"

namespace clientele::cli {
namespace {

using ingestion::v1::Interaction;
using ingestion::v1::Message;
using ingestion::v1::Record;

constexpr double kGapShape = 2;  // More regular than chance.
constexpr absl::Duration kDay = absl::Hours(24);
constexpr absl::Duration kDisengagement = absl::Hours(45 * 24);  // How long before the end it shows.
constexpr absl::Duration kNewsletterInterval = absl::Hours(14 * 24);
constexpr double kDeadActivity = 0.04;  // Of what the living do.

absl::Duration Days(double days) { return absl::Seconds(std::llround(days * 86'400)); }

// How a customer feels at an instant: scales what she does.
struct Mood {
  double activity = 1;      // Visits, opened mails.
  double trouble = 1;       // Tickets and complaints.
  double satisfaction = 0;  // Added to the mean score.
};

// Makes one customer. One use.
class CustomerMaker {
 public:
  CustomerMaker(const SampleOptions& options, int index);

  SampleCustomer Make();

 private:
  void AddProfiles();
  void AddPurchases();
  void AddPurchase(absl::Time time, int number);
  void AddFeedback(absl::Time time, int number);
  void AddVisits();
  void AddNewsletters();
  void AddTickets();
  void AddRenewals();
  void AddCancellation();

  Mood MoodAt(absl::Time time) const;
  bool AliveAt(absl::Time time) const { return time < death_; }
  // A record of the customer, or null at or after the end; `label` with the customer's id is the record's id.
  Record* Add(absl::Time time, absl::string_view label);
  Interaction* AddInteraction(absl::Time time, absl::string_view label, absl::string_view type);
  template <typename Words>
  absl::string_view Pick(const Words& words) {
    return words[random_.Below(static_cast<int>(words.size()))];
  }
  int PickCategory();

  const SampleOptions& options_;
  const int index_;
  Random random_;
  const CustomerType* type_ = nullptr;
  absl::Time joined_;
  absl::Time death_;
  bool member_ = false;  // Of a plan that is paid for.
  SampleCustomer customer_;
};

CustomerMaker::CustomerMaker(const SampleOptions& options, int index)
    : options_(options), index_(index), random_(Hash64(absl::StrCat(options.seed, "/", index))) {
  double left = random_.Uniform();
  for (const CustomerType& type : CustomerTypes()) {
    type_ = &type;
    left -= type.share;
    if (left < 0) break;
  }
  joined_ = options.end - Days(random_.Uniform(1, options.days));
  death_ = joined_ + Days(random_.Exponential(type_->lifetime_days));
  GroundTruth& truth = customer_.truth;
  truth.customer_id = absl::StrFormat("C%06d", index_ + 1);
  truth.type = type_->name;
  truth.joined_at = joined_;
  if (death_ < options.end) truth.dead_at = death_;
  truth.purchases_per_30d = random_.Gamma(type_->rate_shape, type_->purchases_per_30d);
  truth.basket_median = random_.LogNormal(type_->basket_median, 0.25);
  truth.return_probability = std::min(0.5, random_.Gamma(4, type_->return_probability));
}

SampleCustomer CustomerMaker::Make() {
  AddProfiles();
  AddPurchases();
  AddVisits();
  AddNewsletters();
  AddTickets();
  AddRenewals();
  AddCancellation();
  std::stable_sort(customer_.records.begin(), customer_.records.end(), [](const Record& a, const Record& b) {
    return a.event_time().seconds() < b.event_time().seconds();
  });
  return std::move(customer_);
}

Mood CustomerMaker::MoodAt(absl::Time time) const {
  if (time >= death_) return {kDeadActivity, 0, -3};
  if (time >= death_ - kDisengagement) return {0.35, 6, -3.5};
  return {};
}

Record* CustomerMaker::Add(absl::Time time, absl::string_view label) {
  if (time >= options_.end) return nullptr;
  return &customer_.records.emplace_back(MakeSampleRecord(customer_.truth.customer_id, label, time));
}

Interaction* CustomerMaker::AddInteraction(absl::Time time, absl::string_view label, absl::string_view type) {
  Record* record = Add(time, label);
  if (record == nullptr) return nullptr;
  record->mutable_interaction()->set_type(std::string(type));
  return record->mutable_interaction();
}

void CustomerMaker::AddProfiles() {
  Record& record = *Add(joined_, "profile");
  auto& profile = *record.mutable_profile();
  const absl::string_view first = Pick(kFirstNames), last = Pick(kLastNames);
  profile.set_display_name(absl::StrCat(first, " ", last));
  profile.set_email(
      absl::StrFormat("%s.%s.%d@example.com", absl::AsciiStrToLower(first), absl::AsciiStrToLower(last), index_ + 1));
  profile.set_phone(absl::StrFormat("+1202555%04d", 100 + random_.Below(100)));
  auto& attributes = *profile.mutable_attributes();
  attributes["age"].set_number(std::clamp(std::round(type_->mean_age + 9 * random_.Normal()), 18.0, 90.0));
  attributes["region"].set_text(std::string(Pick(kRegions)));
  const bool better = random_.Chance(type_->premium_probability);
  const std::string plan = better ? (random_.Chance(0.4) ? "premium" : "plus") : "basic";
  attributes["plan"].set_text(plan);
  attributes["member"].set_flag(better);
  member_ = better;
  attributes["newsletter"].set_flag(true);
  // Some never say what they earn.
  const double income = std::round(random_.LogNormal(32'000 + 9 * customer_.truth.basket_median, 0.35) / 100) * 100;
  if (random_.Chance(0.85)) attributes["income"].set_number(income);
  // A loyalty tier comes after half a year.
  const absl::Time later = joined_ + 180 * kDay;
  if (!AliveAt(later)) return;
  Record* update = Add(later, "profile2");
  if (update == nullptr) return;
  const double rate = customer_.truth.purchases_per_30d;
  (*update->mutable_profile()->mutable_attributes())["loyalty"].set_text(rate > 2   ? "gold"
                                                                         : rate > 1 ? "silver"
                                                                                    : "bronze");
}

void CustomerMaker::AddPurchases() {
  const double mean_gap_days = 30 / customer_.truth.purchases_per_30d;
  absl::Time time = joined_;
  for (int number = 1; AliveAt(time) && time < options_.end; ++number) {
    AddPurchase(time, number);
    time += Days(random_.Gamma(kGapShape, mean_gap_days));
  }
}

int CustomerMaker::PickCategory() {
  double total = 0;
  for (double weight : type_->category_weights) total += weight;
  double left = random_.Uniform() * total;
  for (size_t i = 0; i < kCategories.size(); ++i) {
    left -= type_->category_weights[i];
    if (left < 0) return static_cast<int>(i);
  }
  return static_cast<int>(kCategories.size()) - 1;
}

void CustomerMaker::AddPurchase(absl::Time time, int number) {
  const std::string label = absl::StrCat("t", number);
  const int64_t cents =
      std::max<int64_t>(100, std::llround(random_.LogNormal(customer_.truth.basket_median, 0.4) * 100));
  const int category = PickCategory();
  const bool returned = random_.Chance(customer_.truth.return_probability);
  const absl::Time return_time = time + Days(random_.Uniform(3, 20));
  ingestion::v1::Transaction line;
  line.set_amount_micros(cents * 10'000);
  line.set_category(std::string(kCategories[category]));
  line.set_product(absl::StrCat(kCategories[category], "-", Pick(kProductKinds)));
  line.set_channel(random_.Chance(type_->online_share) ? (random_.Chance(0.5) ? "app" : "web") : "store");
  line.set_quantity(1 + random_.Below(3));
  line.set_order_id(absl::StrCat(customer_.truth.customer_id, "-", number));
  if (Record* record = Add(time, label)) *record->mutable_transaction() = line;
  if (returned) {
    if (Record* record = Add(return_time, absl::StrCat(label, ":return"))) {
      line.set_is_return(true);
      *record->mutable_transaction() = line;
    }
  }
  if (random_.Chance(0.15)) AddFeedback(time + Days(random_.Uniform(0.5, 5)), number);
}

void CustomerMaker::AddFeedback(absl::Time time, int number) {
  const double mean = type_->satisfaction + MoodAt(time).satisfaction;
  const double score = std::clamp(std::round(mean + 1.2 * random_.Normal()), 0.0, 10.0);
  const bool happy = score >= 7;
  const absl::string_view issue = Pick(kIssues);
  const absl::string_view text = happy ? Pick(kHappyTexts) : Pick(kUnhappyTexts);
  Record* record = Add(time, absl::StrCat("f", number));
  if (record == nullptr) return;
  record->mutable_feedback()->set_score(score);
  record->mutable_feedback()->set_channel("survey");
  record->mutable_feedback()->set_text(std::string(text));
  if (!happy) record->mutable_feedback()->set_issue(std::string(issue));
}

void CustomerMaker::AddVisits() {
  const double gap = 30 / type_->visits_per_30d;
  absl::Time time = joined_ + Days(random_.Exponential(gap));
  for (int number = 1; time < options_.end; ++number) {
    const bool login = random_.Chance(0.5);
    const double seconds = std::round(random_.LogNormal(90, 0.8));
    Interaction* visit = AddInteraction(time, absl::StrCat("v", number), login ? "login" : "page_view");
    visit->set_channel(login ? "app" : "web");
    visit->set_duration_seconds(seconds);
    time += Days(random_.Exponential(gap / MoodAt(time).activity));
  }
}

void CustomerMaker::AddNewsletters() {
  absl::Time time = joined_ + Days(random_.Uniform(1, 14));
  for (int number = 1; time < options_.end; ++number, time += kNewsletterInterval) {
    AddInteraction(time, absl::StrCat("m", number), "email_sent")->set_channel("email");
    const bool opened = random_.Chance(type_->open_probability * MoodAt(time).activity);
    const bool clicked = random_.Chance(type_->click_probability);
    const absl::Time open_time = time + Days(random_.Uniform(0.02, 1.5));
    if (!opened) continue;
    if (auto* open = AddInteraction(open_time, absl::StrCat("m", number, ":open"), "email_open"))
      open->set_channel("email");
    if (!clicked) continue;
    auto* click = AddInteraction(open_time + absl::Seconds(40), absl::StrCat("m", number, ":click"), "email_click");
    if (click != nullptr) click->set_channel("email");
  }
}

// Thinning (Lewis and Shedler 1979): candidates at the highest rate, kept with the ratio of the rate of the moment.
void CustomerMaker::AddTickets() {
  constexpr double kMaxTrouble = 6;
  const double gap = 30 / (type_->tickets_per_30d * kMaxTrouble);
  absl::Time time = joined_ + Days(random_.Exponential(gap));
  for (int number = 1; time < std::min(death_, options_.end); ++number, time += Days(random_.Exponential(gap))) {
    const double trouble = MoodAt(time).trouble;
    if (!random_.Chance(trouble / kMaxTrouble)) continue;
    const bool complaint = random_.Chance(trouble > 1 ? 0.6 : 0.15);
    const std::string label = absl::StrCat("s", number);
    Interaction* ticket = AddInteraction(time, label, complaint ? "complaint" : "support_ticket");
    ticket->set_channel("email");
    ticket->set_sentiment(complaint ? Interaction::SENTIMENT_NEGATIVE : Interaction::SENTIMENT_NEUTRAL);
    if (complaint && random_.Chance(0.2))
      AddInteraction(time + absl::Seconds(5), label + ":rival", "competitor_mention");
    const absl::string_view text = complaint ? Pick(kUnhappyTexts) : Pick(kQuestions);
    if (Record* inbound = Add(time, label + ":in")) {
      inbound->mutable_message()->set_direction(Message::DIRECTION_INBOUND);
      inbound->mutable_message()->set_channel("email");
      inbound->mutable_message()->set_text(std::string(text));
    }
    if (Record* outbound = Add(time + Days(random_.Uniform(0.1, 2)), label + ":out")) {
      outbound->mutable_message()->set_direction(Message::DIRECTION_OUTBOUND);
      outbound->mutable_message()->set_channel("email");
      outbound->mutable_message()->set_text("Thank you for writing. We have looked into it.");
    }
  }
}

void CustomerMaker::AddRenewals() {
  for (int year = 1;; ++year) {
    const absl::Time time = joined_ + 365 * year * kDay;
    const bool renewed = AliveAt(time);
    Record* record = Add(time, absl::StrCat("o", year));
    if (record == nullptr) return;
    record->mutable_outcome()->set_outcome(renewed ? "renewed" : "not_renewed");
    record->mutable_outcome()->set_value(1);
    if (!renewed) return;
  }
}

// Who pays for a plan says so when she leaves; the others are silent.
void CustomerMaker::AddCancellation() {
  if (!member_) return;
  Record* record = Add(death_, "cancelled");
  if (record == nullptr) return;
  record->mutable_outcome()->set_outcome("cancelled");
  record->mutable_outcome()->set_value(1);
}

}  // namespace

SampleCustomer GenerateCustomer(const SampleOptions& options, int index) {
  return CustomerMaker(options, index).Make();
}

std::string GroundTruthHeader() {
  return "customer_id,type,joined_at,dead_at,purchases_per_30d,basket_median,return_probability\n";
}

std::string GroundTruthLine(const GroundTruth& truth) {
  const auto written = [](absl::Time time) {
    return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
  };
  return absl::StrFormat("%s,%s,%s,%s,%.4f,%.2f,%.4f\n", truth.customer_id, truth.type, written(truth.joined_at),
                         truth.dead_at ? written(*truth.dead_at) : "", truth.purchases_per_30d, truth.basket_median,
                         truth.return_probability);
}

}  // namespace clientele::cli
