#include "services/ingestion/features/builtin_features.h"

#include <initializer_list>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "services/ingestion/features/feature_table.h"

namespace clientele::features {
namespace {

using common::v1::FeatureDefinition;
using table::Label;
using table::Records;
using table::Table;
using table::Window;
using Derived = FeatureDefinition::Derived;
using Summary = FeatureDefinition::PurchaseSummary;

const Records& Transactions() {
  static const Records records{common::v1::RECORD_KIND_TRANSACTION, {}};
  return records;
}
const Records& Purchases() {
  static const Records records = Transactions().Returned(false);
  return records;
}
const Records& Interactions() {
  static const Records records{common::v1::RECORD_KIND_INTERACTION, {}};
  return records;
}
const Records& Feedback() {
  static const Records records{common::v1::RECORD_KIND_FEEDBACK, {}};
  return records;
}
const Records& Outcomes() {
  static const Records records{common::v1::RECORD_KIND_OUTCOME, {}};
  return records;
}
const Records& Messages() {
  static const Records records{common::v1::RECORD_KIND_MESSAGE, {}};
  return records;
}

void AddRecencyAndFrequency(Table& table) {
  table.Aggregate({"recency_days", "Recency", "days", "Days since the last purchase."}, Purchases(),
                  FeatureDefinition::AGGREGATION_DAYS_SINCE_LAST);
  table.Aggregate({"tenure_days", "Tenure", "days", "Days since the first purchase."}, Purchases(),
                  FeatureDefinition::AGGREGATION_DAYS_SINCE_FIRST);
  table.Count({"purchases", "Purchases", "purchases", "Purchase records; returns are not counted."}, Purchases());
  table.Aggregate({"purchase_days", "Purchase days", "days", "Different days with a purchase."}, Purchases(),
                  FeatureDefinition::AGGREGATION_DISTINCT_DAYS);
  table.Aggregate({"orders", "Orders", "orders", "Different order ids among the purchases."}, Purchases(),
                  FeatureDefinition::AGGREGATION_DISTINCT, "order");
  table.Ratio({"purchases_per_30_days", "Purchases per 30 days", "purchases", "Purchases over tenure, times 30 days."},
              "purchases", "tenure_days", 30);
  table.Aggregate(
      {"purchase_gap_mean_days", "Mean days between purchases", "days", "Mean days from one purchase day to the next."},
      Purchases(), FeatureDefinition::AGGREGATION_MEAN_GAP_DAYS);
  table.Aggregate({"purchase_gap_deviation_days", "Deviation of days between purchases", "days",
                   "Sample standard deviation of the days from one purchase day to the next."},
                  Purchases(), FeatureDefinition::AGGREGATION_DEVIATION_GAP_DAYS);
  table.Ratio({"recency_in_gaps", "Recency in usual gaps", "gaps",
               "Days since the last purchase over the mean days between purchases; above 1 is overdue."},
              "recency_days", "purchase_gap_mean_days");
  table.Windows("purchases", "Purchases", "purchases", Purchases(), FeatureDefinition::AGGREGATION_COUNT, "",
                {30, 90, 365});
}

void AddMonetary(Table& table) {
  table.Aggregate({"spend_total", "Spend", "base currency", "All spend, net of returns."}, Transactions(),
                  FeatureDefinition::AGGREGATION_SUM, "amount");
  table.Aggregate({"spend_mean", "Mean purchase", "base currency", "Mean amount of a purchase."}, Purchases(),
                  FeatureDefinition::AGGREGATION_MEAN, "amount");
  table.Aggregate({"spend_max", "Largest purchase", "base currency", "Largest amount of a purchase."}, Purchases(),
                  FeatureDefinition::AGGREGATION_MAX, "amount");
  table.Aggregate({"spend_deviation", "Deviation of purchases", "base currency",
                   "Sample standard deviation of the amounts of purchases."},
                  Purchases(), FeatureDefinition::AGGREGATION_DEVIATION, "amount");
  table.Aggregate({"units_total", "Units", "units", "Quantity bought, net of returns."}, Transactions(),
                  FeatureDefinition::AGGREGATION_SUM, "quantity");
  table.Ratio(
      {"spend_per_purchase_day", "Spend per purchase day", "base currency", "Spend net of returns over purchase days."},
      "spend_total", "purchase_days");
  table.Windows("spend", "Spend", "base currency", Transactions(), FeatureDefinition::AGGREGATION_SUM, "amount",
                {30, 90, 365});
}

// What was known then, for telling who moved since.
void AddRecencyFrequencyAndMoneyBefore(Table& table) {
  constexpr Window kUpTo30DaysAgo{0, 30};
  table.Aggregate({"recency_days_30d_ago", "Recency of 30 days ago", "days",
                   "Days since the last purchase of those made by 30 days ago: 30 more than the recency was then."},
                  Purchases(), FeatureDefinition::AGGREGATION_DAYS_SINCE_LAST, "", kUpTo30DaysAgo);
  table.Count({"purchases_30d_ago", "Purchases up to 30 days ago", "purchases",
               "Purchase records up to 30 days ago; returns are not counted."},
              Purchases(), kUpTo30DaysAgo);
  table.Aggregate({"spend_total_30d_ago", "Spend up to 30 days ago", "base currency",
                   "All spend up to 30 days ago, net of returns."},
                  Transactions(), FeatureDefinition::AGGREGATION_SUM, "amount", kUpTo30DaysAgo);
}

void AddReturnsAndAssortment(Table& table) {
  table.Count({"transactions", "Transactions", "records", "Purchases and returns."}, Transactions());
  table.Count({"returns", "Returns", "returns", "Returned purchases."}, Transactions().Returned(true));
  table.Ratio({"returns_share", "Returns share", "share", "Returns over transactions."}, "returns", "transactions");
  table.Aggregate({"products", "Different products", "products", "Different products bought."}, Purchases(),
                  FeatureDefinition::AGGREGATION_DISTINCT, "product");
  table.Aggregate({"categories", "Different categories", "categories", "Different categories bought."}, Purchases(),
                  FeatureDefinition::AGGREGATION_DISTINCT, "category");
  table.Aggregate({"main_category", "Main category", "", "The category bought most often."}, Purchases(),
                  FeatureDefinition::AGGREGATION_MODE, "category");
  table.Aggregate({"main_category_share", "Main category share", "share",
                   "Share of the category bought most often among the purchases with a category."},
                  Purchases(), FeatureDefinition::AGGREGATION_TOP_SHARE, "category");
  table.Aggregate({"main_channel", "Main channel", "", "The channel bought through most often."}, Purchases(),
                  FeatureDefinition::AGGREGATION_MODE, "channel");
}

void AddChannels(Table& table) {
  struct Channel {
    absl::string_view name;
    std::initializer_list<absl::string_view> values;
  };
  const Channel channels[] = {{"web", {"web", "online", "website"}},
                              {"store", {"store", "in_store", "shop"}},
                              {"mobile", {"mobile", "mobile_app", "app"}},
                              {"phone", {"phone", "call_center"}},
                              {"email", {"email"}},
                              {"partner", {"partner", "marketplace"}}};
  table.Count({"purchases_with_channel", "Purchases with a channel", "purchases", "Purchases whose channel is known."},
              Purchases().Having("channel"));
  for (const Channel& channel : channels) {
    const std::string count = absl::StrCat("purchases_", channel.name);
    table.Count({count, absl::StrCat("Purchases, ", channel.name), "purchases",
                 absl::StrCat("Purchases through the channel ", channel.name, ".")},
                Purchases().In("channel", channel.values));
    table.Ratio({absl::StrCat("channel_share_", channel.name), absl::StrCat("Channel share, ", channel.name), "share",
                 absl::StrCat("Share of ", channel.name, " among the purchases with a channel.")},
                count, "purchases_with_channel");
  }
}

void AddBehaviour(Table& table) {
  const Records logins = Interactions().In("type", {"login"});
  const Records visits = Interactions().In("type", {"page_view"});
  table.Count({"logins", "Logins", "logins", "All logins."}, logins);
  table.Windows("logins", "Logins", "logins", logins, FeatureDefinition::AGGREGATION_COUNT, "", {30, 90});
  table.Aggregate({"days_since_last_login", "Days since the last login", "days", "Days since the last login."}, logins,
                  FeatureDefinition::AGGREGATION_DAYS_SINCE_LAST);
  table.Count({"visits", "Visits", "page views", "All page views."}, visits);
  table.Windows("visits", "Visits", "page views", visits, FeatureDefinition::AGGREGATION_COUNT, "", {30, 90});
  table.Aggregate({"days_since_last_visit", "Days since the last visit", "days", "Days since the last page view."},
                  visits, FeatureDefinition::AGGREGATION_DAYS_SINCE_LAST);
  table.Count({"referrals", "Referrals", "referrals", "Interactions of type referral: the customer won another one."},
              Interactions().In("type", {"referral"}));
  table.Count({"interactions", "Interactions", "interactions", "Interactions of any type."}, Interactions());
  table.Count({"interactions_90d", "Interactions, last 90 days", "interactions",
               "Interactions of any type in the last 90 days."},
              Interactions(), {90, 0});
  table.Aggregate(
      {"interaction_duration_mean", "Mean interaction", "seconds", "Mean duration of the interactions that have one."},
      Interactions(), FeatureDefinition::AGGREGATION_MEAN, "duration");
}

void AddEmailAndCampaigns(Table& table) {
  table.Count({"emails_sent", "E-mails sent", "e-mails", "E-mails sent to the customer."},
              Interactions().In("type", {"email_sent"}));
  table.Count({"email_opens", "E-mails opened", "e-mails", "E-mails the customer opened."},
              Interactions().In("type", {"email_open"}));
  table.Count({"email_clicks", "E-mail clicks", "clicks", "Clicks in e-mails."},
              Interactions().In("type", {"email_click"}));
  table.Ratio({"email_open_rate", "E-mail open rate", "share", "E-mails opened over e-mails sent."}, "email_opens",
              "emails_sent");
  table.Ratio({"email_click_rate", "E-mail click rate", "share", "Clicks over e-mails sent."}, "email_clicks",
              "emails_sent");
  table.Count({"campaign_contacts", "Campaign contacts", "contacts", "Contacts by a campaign."},
              Interactions().In("type", {"campaign_contact"}));
}

void AddService(Table& table) {
  const Records tickets = Interactions().In("type", {"support_ticket"});
  const Records complaints = Interactions().In("type", {"complaint"});
  table.Count({"support_tickets", "Support tickets", "tickets", "All support tickets."}, tickets);
  table.Count(
      {"support_tickets_90d", "Support tickets, last 90 days", "tickets", "Support tickets in the last 90 days."},
      tickets, {90, 0});
  table.Count({"complaints", "Complaints", "complaints", "All complaints."}, complaints);
  table.Count({"complaints_90d", "Complaints, last 90 days", "complaints", "Complaints in the last 90 days."},
              complaints, {90, 0});
  table.Count({"competitor_mentions", "Competitor mentions", "mentions", "Mentions of a competitor."},
              Interactions().In("type", {"competitor_mention"}));
  table.Count(
      {"rated_interactions", "Interactions with a sentiment", "interactions", "Interactions whose sentiment is known."},
      Interactions().Having("sentiment"));
  table.Count({"negative_interactions", "Negative interactions", "interactions", "Interactions of negative sentiment."},
              Interactions().In("sentiment", {"negative"}));
  table.Ratio({"negative_interaction_share", "Negative interaction share", "share",
               "Negative interactions over those whose sentiment is known."},
              "negative_interactions", "rated_interactions");
}

void AddFeedback(Table& table) {
  table.Count({"feedbacks", "Feedback", "answers", "Answers to a request for feedback."}, Feedback());
  table.Count({"scored_feedbacks", "Feedback with a score", "answers", "Answers that give a score."},
              Feedback().Having("score"));
  table.Aggregate({"feedback_score_mean", "Mean feedback score", "from 0 to 10", "Mean score, on a scale of 0 to 10."},
                  Feedback(), FeatureDefinition::AGGREGATION_MEAN, "score");
  table.Aggregate({"feedback_score_last", "Last feedback score", "from 0 to 10", "Last score, on a scale of 0 to 10."},
                  Feedback(), FeatureDefinition::AGGREGATION_LAST, "score");
  table.Count({"satisfied_feedbacks", "Satisfied feedback", "answers", "Answers with at least 70 % of the best score."},
              Feedback().AtLeast("score", 7));
  table.Ratio({"satisfied_share", "Satisfied share", "share", "Satisfied answers over those with a score."},
              "satisfied_feedbacks", "scored_feedbacks");
  table.Aggregate({"main_issue", "Main issue", "", "The issue named most often in feedback."}, Feedback(),
                  FeatureDefinition::AGGREGATION_MODE, "issue");
}

void AddMessages(Table& table) {
  table.Count({"messages_in", "Messages from the customer", "messages", "Messages from the customer."},
              Messages().In("direction", {"inbound"}));
  table.Count({"messages_out", "Messages to the customer", "messages", "Messages to the customer."},
              Messages().In("direction", {"outbound"}));
  table.Count({"messages_in_90d", "Messages from the customer, last 90 days", "messages",
               "Messages from the customer in the last 90 days."},
              Messages().In("direction", {"inbound"}), {90, 0});
}

// What the customer did, whatever it was; what the company did to the customer does not count.
void AddActivity(Table& table) {
  const auto since = FeatureDefinition::AGGREGATION_DAYS_SINCE_LAST;
  const auto minimum = Derived::OPERATION_MINIMUM;
  table.Aggregate({"days_since_last_transaction", "Days since the last transaction", "days",
                   "Days since the last purchase or return."},
                  Transactions(), since);
  table.Aggregate({"days_since_last_interaction", "Days since the last interaction", "days",
                   "Days since the customer last did something; e-mails sent and campaign contacts do not count."},
                  Interactions().NotIn("type", {"email_sent", "campaign_contact"}), since);
  table.Aggregate({"days_since_last_feedback", "Days since the last feedback", "days", "Days since the last answer."},
                  Feedback(), since);
  table.Aggregate({"days_since_last_message_in", "Days since the last message", "days",
                   "Days since the last message from the customer."},
                  Messages().In("direction", {"inbound"}), since);
  table.Derive({"days_since_last_deal", "Days since the last transaction or interaction", "days",
                "Days since the last transaction or interaction, whichever is later."},
               minimum, "days_since_last_transaction", "days_since_last_interaction");
  table.Derive({"days_since_last_word", "Days since the last feedback or message", "days",
                "Days since the last feedback or message from the customer, whichever is later."},
               minimum, "days_since_last_feedback", "days_since_last_message_in");
  table.Derive({"days_since_last_activity", "Days since the last activity", "days",
                "Days since the customer's last transaction, interaction, feedback or message."},
               minimum, "days_since_last_deal", "days_since_last_word");
}

// How long a customer has stayed, or had when an outcome `cancelled` came: what survival models learn from.
void AddMembership(Table& table) {
  const Records cancellations = Outcomes().In("outcome", {"cancelled"});
  table.Count({"cancellations", "Cancellations", "cancellations", "Outcomes that say cancelled."}, cancellations);
  table.Aggregate({"days_since_cancellation", "Days since the cancellation", "days",
                   "Days since the first cancellation."},
                  cancellations, FeatureDefinition::AGGREGATION_DAYS_SINCE_FIRST);
  table.Derive({"days_until_cancellation", "Days until the cancellation", "days",
                "Days from the first purchase to the first cancellation; missing where there is none."},
               Derived::OPERATION_DIFFERENCE, "tenure_days", "days_since_cancellation");
  table.Derive({"membership_days", "Membership", "days",
                "Days from the first purchase to the first cancellation, or to now where there is none."},
               Derived::OPERATION_MINIMUM, "tenure_days", "days_until_cancellation");
}

void AddPurchaseSummary(Table& table) {
  const auto add = [&table](const Label& label, Summary::Number number) {
    table.Add(label).mutable_purchase_summary()->set_number(number);
  };
  add({"btyd_frequency", "Repeat purchase days (x)", "days", "Purchase days after the first."},
      Summary::NUMBER_FREQUENCY);
  add({"btyd_recency_weeks", "First to last purchase (t_x)", "weeks", "From the first purchase day to the last."},
      Summary::NUMBER_RECENCY);
  add({"btyd_age_weeks", "First purchase to now (T)", "weeks", "From the first purchase day to the day of as_of."},
      Summary::NUMBER_AGE);
  add({"btyd_monetary_value", "Mean repeat spend", "base currency",
       "Mean spend of a purchase day, without the first day; 0 where there is no other."},
      Summary::NUMBER_MONETARY_VALUE);
}

std::vector<FeatureDefinition> Build() {
  Table table;
  AddRecencyAndFrequency(table);
  AddMonetary(table);
  AddRecencyFrequencyAndMoneyBefore(table);
  AddReturnsAndAssortment(table);
  AddChannels(table);
  AddBehaviour(table);
  AddEmailAndCampaigns(table);
  AddService(table);
  AddFeedback(table);
  AddMessages(table);
  AddActivity(table);
  AddMembership(table);
  AddPurchaseSummary(table);
  return std::move(table).Take();
}

}  // namespace

const std::vector<FeatureDefinition>& BuiltinFeatures() {
  static const auto* const features = new std::vector<FeatureDefinition>(Build());
  return *features;
}

}  // namespace clientele::features
