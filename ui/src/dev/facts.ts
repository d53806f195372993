/** Development only: a few facts in the shape the core sends; the real ones live in assets/. */
import type { ContactView, DownloadView, PlaybookStepView, ProviderFactsView } from "../ipc";

const contact = (
  id: number,
  kind: ContactView["kind"],
  value: string,
  en: string,
  zh: string,
  grade: ContactView["grade"],
  source: string,
  more: Partial<ContactView> = {},
): ContactView => ({
  id,
  kind,
  value,
  label: { en, "zh-CN": zh },
  region: "global",
  hours: null,
  zone: null,
  note: { en: "", "zh-CN": "" },
  grade,
  source,
  as_of: "2026-11-23",
  ...more,
});
const download = (
  form: string,
  en: string,
  zh: string,
  url: string,
  grade: DownloadView["grade"],
  source: string,
  steps: [string, string][],
): DownloadView => ({
  form,
  title: { en, "zh-CN": zh },
  steps: steps.map(([a, b]) => ({ en: a, "zh-CN": b })),
  note:
    form === "paypal.activity"
      ? { en: "A note of the mock, under the steps.", "zh-CN": "演示用的说明，列在步骤下方。" }
      : { en: "", "zh-CN": "" },
  url,
  grade,
  source,
  as_of: "2026-11-23",
});

export const facts: ProviderFactsView[] = [
  {
    provider: "paypal",
    name: "PayPal",
    contacts: [
      contact(
        1,
        "web",
        "https://www.paypal.com/us/cshelp",
        "Help Center: ask PayPal to freeze the account for now",
        "帮助中心：请 PayPal 暂时冻结账户",
        "provider",
        "https://www.paypal.com/ky/cshelp/article/help371",
        {
          note: {
            en: "PayPal writes that it can freeze an account for a time while it looks into foreign access. If you can sign in, use the number shown there; numbers from a search engine are often traps.",
            "zh-CN":
              "PayPal 写明：有他人擅自进入时，可在调查期间暂时冻结账户。能登录时，请拨打登录后页面上的号码；搜索引擎里的号码常是陷阱。",
          },
        },
      ),
      contact(
        2,
        "phone",
        "1-888-221-1161",
        "PayPal by phone, United States",
        "PayPal 美国客服电话",
        "third_party",
        "joingerald.com, 2026-06-06",
        {
          region: "us",
          as_of: "2026-06-06",
          note: {
            en: "Only found on pages that are not PayPal’s. Check it against the number in your signed-in account before you call.",
            "zh-CN": "只在非 PayPal 的网页上见到。拨打前，请与登录后页面上的号码核对。",
          },
        },
      ),
      contact(
        3,
        "app",
        "Settings > Payments > Manage pre-approved payments",
        "Cancel automatic payments that leave the account",
        "取消从账户自动扣出的付款",
        "provider",
        "https://www.paypal.com/be/smarthelp",
      ),
    ],
    downloads: [
      download(
        "paypal.activity",
        "Activity report (CSV)",
        "活动报告（CSV）",
        "https://www.paypal.com/reports/dlog",
        "provider",
        "https://www.paypal.com/us/cshelp/article/help145",
        [
          ["Sign in, then Activity > All reports > Activity download.", "登录后打开“活动 > 所有报告 > 下载活动”。"],
          [
            "Transaction type: Balance affecting. Choose one whole month. Format: CSV.",
            "交易类型选“影响余额的交易”，选择整月，格式选 CSV。",
          ],
          [
            "Create the report, wait for the message, download it and drop it here unopened.",
            "创建报告，等待通知，下载后不要打开，直接拖到这里。",
          ],
        ],
      ),
    ],
  },
  {
    provider: "alipay",
    name: "Alipay 支付宝",
    contacts: [
      contact(
        4,
        "phone",
        "95188",
        "Call Alipay: ask them to stop payments and transfers",
        "致电支付宝：要求停止付款和转账",
        "third_party",
        "m.cmen.cn/bzawd/202510/723710.html, 2025-10-08",
        {
          region: "mainland",
          as_of: "2025-10-08",
          note: {
            en: "Guides say the service can put an account under temporary control (账户临时监管). The hours are not confirmed: sources name different ones.",
            "zh-CN": "有资料称，客服可对账户实施“账户临时监管”，停止付款和转账。服务时间未经证实，各处说法不一。",
          },
        },
      ),
      contact(
        5,
        "app",
        "我的 > 设置 > 安全设置 > 安全中心 > 快速挂失 / 紧急冻结",
        "Freeze the account in the Alipay app",
        "在支付宝 App 中挂失或冻结账户",
        "unverified",
        "not confirmed",
        {
          region: "mainland",
          note: {
            en: "For the phone that is signed in to the account. The menu moves between versions: search the app for 挂失 or 冻结.",
            "zh-CN": "需用已登录该账户的手机。各版本菜单不同：请在 App 内搜索“挂失”或“冻结”。",
          },
        },
      ),
      contact(
        6,
        "web",
        "https://www.alipayhk.com",
        "AlipayHK wallet: freeze it on the AlipayHK website",
        "AlipayHK 钱包：在 AlipayHK 官网冻结账户",
        "provider",
        "https://www.alipayhk.com/en/media/security/",
        { region: "hong_kong" },
      ),
    ],
    downloads: [
      download(
        "alipay.account_log",
        "Account statement of a merchant (账务明细)",
        "账务明细（商家账户）",
        "https://b.alipay.com",
        "third_party",
        "b.alipay.com guides, 2025",
        [
          ["Sign in to b.alipay.com as the merchant.", "以商家身份登录 b.alipay.com。"],
          ["Open 对账中心 > 资金账单.", "打开“对账中心 > 资金账单”。"],
          [
            "Choose one whole month and download 账务明细, not 账务汇总.",
            "选择整月，下载“账务明细”，不要下载“账务汇总”。",
          ],
        ],
      ),
      download(
        "alipay.personal",
        "Personal activity (交易明细)",
        "个人交易明细",
        null as unknown as string,
        "third_party",
        "m.alipay.com guides, 2025",
        [
          [
            "In the app: 我的 > 账单 > … > 开具交易流水证明 > 用于个人对账.",
            "App：我的 > 账单 > 右上角 > 开具交易流水证明 > 用于个人对账。",
          ],
          ["Enter your e-mail; the zip’s password comes by message.", "填写邮箱；压缩包密码会通过消息发送。"],
        ],
      ),
    ],
  },
  {
    provider: "wechatpay",
    name: "WeChat Pay 微信支付",
    contacts: [
      contact(
        7,
        "phone",
        "95017",
        "Call WeChat Pay merchant service",
        "致电微信支付商户客服",
        "provider",
        "https://kf.qq.com/product/weixinzhifu.html",
        {
          region: "mainland",
          hours: "09:00-22:00",
          zone: "Asia/Shanghai",
          note: {
            en: "Have the merchant number (商户号) ready. Ask them to stop withdrawals and transfers and to record a case; no promise that they can was found.",
            "zh-CN": "请准备好商户号。要求停止提现和转账并登记案件；未找到其承诺可以做到的说明。",
          },
        },
      ),
      contact(
        8,
        "web",
        "https://pay.weixin.qq.com",
        "Merchant platform: passwords, operators, API keys",
        "商户平台：密码、员工账号、API 密钥",
        "provider",
        "https://pay.weixin.qq.com/doc/v3/merchant/4012365342",
        { region: "mainland" },
      ),
    ],
    downloads: [
      download(
        "wechatpay.fund_flow",
        "Fund-flow bill (资金账单)",
        "资金账单",
        "https://pay.weixin.qq.com",
        "provider",
        "https://pay.weixin.qq.com/doc",
        [
          [
            "Sign in to pay.weixin.qq.com > 交易中心 > 资金账单.",
            "登录 pay.weixin.qq.com，打开“交易中心 > 资金账单”。",
          ],
          ["Choose 基本账户 and the days, then download.", "选择“基本账户”和日期，下载账单。"],
        ],
      ),
    ],
  },
  {
    provider: "stripe",
    name: "Stripe",
    contacts: [
      contact(
        9,
        "web",
        "https://support.stripe.com/contact",
        "Contact Stripe support (chat, call back)",
        "联系 Stripe 支持（聊天、回拨）",
        "provider",
        "https://support.stripe.com/questions/contact-stripe-support",
        { hours: "24/7" },
      ),
      contact(
        10,
        "web",
        "https://dashboard.stripe.com/settings/payouts",
        "Pause payouts: set the schedule to manual",
        "暂停提现：将提现计划改为手动",
        "provider",
        "https://docs.stripe.com/payouts",
      ),
      contact(
        11,
        "web",
        "https://dashboard.stripe.com/apikeys",
        "Roll every secret key",
        "轮换所有密钥",
        "provider",
        "https://docs.stripe.com/keys",
      ),
    ],
    downloads: [
      download(
        "stripe.balance_change",
        "Balance change report, itemised",
        "余额变动报告（明细）",
        "https://dashboard.stripe.com/reports/balance",
        "provider",
        "https://docs.stripe.com/reports/balance",
        [
          ["Reports > Balance > Balance change from activity.", "报告 > 余额 > 活动引起的余额变动。"],
          [
            "One whole month, time zone UTC, All columns, then Download > Itemised.",
            "选择整月，时区 UTC，列选 All columns，然后下载明细。",
          ],
        ],
      ),
    ],
  },
];

const step = (
  id: string,
  en: string,
  zh: string,
  actions: [string, string][],
  contacts: ContactView[] = [],
): PlaybookStepView => ({
  id,
  contacts,
  title: { en, "zh-CN": zh },
  actions: actions.map(([a, b]) => ({ en: a, "zh-CN": b })),
});
export const playbook: PlaybookStepView[] = [
  step("stop", "Stop the money", "停止资金流出", [
    ["Pause payouts and withdrawals in each console you can still reach.", "在还能登录的后台暂停提现和转账。"],
    [
      "If someone may control this computer: unplug the network, do not power off, go on by phone.",
      "若本机可能被控制：断开网络，不要关机，改用手机继续。",
    ],
  ]),
  step("contact", "Call the provider", "联系支付机构", [
    [
      "Say you are the administrator, that the account is misused, and ask for a hold and a case number.",
      "说明您是管理员、账户被盗用，要求止付并登记案件编号。",
    ],
    ["Write down the time, the name and the number.", "记下时间、接听人和编号。"],
  ]),
  step("credentials", "Change every way in", "更换所有登录方式", [
    [
      "First the e-mail and phone that can reset everything, then passwords, second factors and API keys.",
      "先更换能重置一切的邮箱和手机，再更换密码、第二因素和 API 密钥。",
    ],
    ["Sign out all sessions; remove people and apps you do not know.", "退出所有会话，移除不认识的人员和应用。"],
  ]),
  step(
    "police",
    "Report to the police",
    "报警",
    [
      [
        "Take the list of payments, the case numbers and your licence. Ask for the receipt (受案回执).",
        "带上付款清单、案件编号和营业执照，索取受案回执。",
      ],
    ],
    [
      contact(1001, "phone", "110", "Police, mainland China", "中国内地报警电话", "third_party", "Xinhua, 2016-10-17", {
        region: "mainland",
        hours: "24/7",
      }),
      contact(
        1002,
        "phone",
        "18222",
        "Anti-Deception line, Hong Kong",
        "香港防骗易热线",
        "provider",
        "https://www.adcc.gov.hk/en-hk/about-us.html",
        { region: "hong_kong", hours: "24/7" },
      ),
    ],
  ),
  step("review", "Look at how it happened", "复查原因", [
    [
      "Only now: logins, people, keys, payees, and what else the same password opened.",
      "到这一步再查：登录记录、人员、密钥、收款方，以及同一密码还能打开什么。",
    ],
  ]),
];
