//! What stands open and what closes it, in both languages.

use purser_books::door::DoorCode;

use crate::arguments::Language;

/// What is open.
pub const fn title(code: DoorCode, language: Language) -> &'static str {
    let (english, chinese) = texts(code).0;
    language.pick(english, chinese)
}

/// What closes it.
pub const fn remedy(code: DoorCode, language: Language) -> &'static str {
    let (english, chinese) = texts(code).1;
    language.pick(english, chinese)
}

type Pair = (&'static str, &'static str);

const fn texts(code: DoorCode) -> (Pair, Pair) {
    match code {
        DoorCode::PasswordCompromised => (
            ("Somebody else may know the password", "密码可能已被他人知道"),
            ("purser rotate password --compromised", "运行 purser rotate password --compromised"),
        ),
        DoorCode::NoSecondFactor => (
            ("The login has no second factor", "登录没有第二验证因素"),
            ("enrol an authenticator: purser rotate totp", "启用身份验证器：purser rotate totp"),
        ),
        DoorCode::SecondFactorExposed => (
            ("The second factor was in an envelope somebody else may have opened", "第二验证因素可能已随旧密码泄露"),
            ("enrol a new one: purser rotate totp", "重新启用：purser rotate totp"),
        ),
        DoorCode::KitNotProven => (
            ("Nobody has shown that the recovery kit exists", "尚未验证恢复套件是否存在"),
            ("type its key back: purser slot prove-kit", "重新输入其中的密钥：purser slot prove-kit"),
        ),
        DoorCode::KeyInFile => (
            ("This computer's key is in a file beside the books", "本机密钥存放在账目旁的文件中"),
            (
                "whoever copies the folder copies the key: keep the folder where nobody else reads",
                "复制文件夹即复制密钥：请放在他人无法读取的位置",
            ),
        ),
        DoorCode::RenewalPending => (
            ("The books still owe a new key", "账目密钥尚待更换"),
            ("free some disk space and log in again", "清理磁盘空间后重新登录"),
        ),
        DoorCode::PersonExposed => (
            (
                "A password was known to somebody else; what it opened is not ended",
                "该成员的密码曾泄露，其访问尚未终止",
            ),
            ("revoke the login and invite anew: purser slot revoke", "撤销后重新邀请：purser slot revoke"),
        ),
        DoorCode::PersonDisabled => (
            ("A login was disabled by wrong tries", "登录因多次错误已停用"),
            ("ask who tried; then purser slot enable or revoke", "先问清是谁尝试，再用 purser slot enable 或 revoke"),
        ),
        DoorCode::PersonOver => (
            ("The time of a login is over", "登录已到期"),
            ("revoke it or give it more time: purser slot", "撤销或延长：purser slot"),
        ),
        DoorCode::InvitationOver => (
            ("An invitation was not taken up in time", "邀请已过期未使用"),
            ("revoke it: purser slot revoke", "撤销：purser slot revoke"),
        ),
        DoorCode::NoBackup => (
            ("There is no backup at a second place", "没有存放在其他位置的备份"),
            ("choose one: purser backup --place FOLDER", "选定一处：purser backup --place FOLDER"),
        ),
        DoorCode::KitProofDue => (
            ("The recovery kit was not seen for 90 days", "恢复套件已 90 天未核对"),
            (
                "take it out and type its key back: purser slot prove-kit",
                "取出并重新输入其中的密钥：purser slot prove-kit",
            ),
        ),
        DoorCode::BackupDamaged => (
            ("A backup is damaged", "有一份备份已损坏"),
            (
                "make a new one and look at that disk: purser backup -o FILE",
                "另做一份并检查那块磁盘：purser backup -o FILE",
            ),
        ),
        DoorCode::BackupNotProven => (
            ("No backup was opened for a month", "已一个月没有试开过备份"),
            ("open one: purser backup --check FILE", "试开一份：purser backup --check FILE"),
        ),
        DoorCode::CardStale => (
            ("A printed emergency card no longer says what is known", "打印的应急卡内容已过时"),
            (
                "print it anew: purser contacts card --person NAME -o FILE",
                "重新打印：purser contacts card --person 姓名 -o 文件",
            ),
        ),
        DoorCode::PracticeDue => (
            ("Nobody has practised an emergency for 90 days", "超过 90 天没有演练"),
            ("practise; nothing is frozen: purser freeze --drill", "演练，不会冻结任何东西：purser freeze --drill"),
        ),
        DoorCode::NotPutBack => (
            ("What was stopped in a theft is not put back", "被盗时停用的项目尚未恢复"),
            (
                "one by one: purser incident list, then purser incident --incident ID show",
                "逐项恢复：先 purser incident list，再 purser incident --incident ID show",
            ),
        ),
        DoorCode::TaskDue => (
            ("A task of an incident is due", "事件任务今日到期"),
            ("do it, then: purser incident task done NO.", "完成后执行：purser incident task done 编号"),
        ),
        DoorCode::TaskLate => (
            ("A task of an incident is late", "事件任务已逾期"),
            (
                "do it, or give it another day: purser incident task list",
                "完成它，或另定日期：purser incident task list",
            ),
        ),
        DoorCode::OwnNumbersMissing => (
            ("The providers' own numbers are not copied yet", "尚未抄录服务商的专属电话"),
            (
                "a number found on the web in a fright may be the thief's; sign in and copy: purser contacts own-number PROVIDER NUMBER, or --none",
                "慌乱中从网上找到的号码可能是骗子的；请登录后抄录：purser contacts own-number 服务商 号码，或 --none",
            ),
        ),
        DoorCode::WalletNeverReviewed => (
            ("Nobody wrote down how the wallet is protected", "尚未记录该钱包的安全设置"),
            ("look at the provider's page: purser security wallet", "查看服务商页面并记录：purser security wallet"),
        ),
        DoorCode::WalletReviewDue => (
            ("The protection of the wallet was last looked at a quarter ago", "该钱包的安全设置已超过一季度未复查"),
            ("look again: purser security wallet --reviewed", "复查：purser security wallet --reviewed"),
        ),
        DoorCode::WalletNoSecondFactor => (
            ("The wallet opens with a password alone", "该钱包仅凭密码即可登录"),
            ("turn on a second factor at the provider", "在服务商处启用第二验证因素"),
        ),
        DoorCode::WalletWeakSecondFactor => (
            ("The wallet's second factor can be intercepted", "该钱包的第二验证因素可能被截获"),
            ("use an app or a security key in its place", "改用验证器应用或安全密钥"),
        ),
        DoorCode::WalletTransfersOpen => (
            ("An API key can move money out of the wallet", "API 可从该钱包转出资金"),
            ("turn transfers by API off if nothing needs them", "若不需要，请关闭 API 转账"),
        ),
        DoorCode::WalletNoIpList => (
            ("API keys of the wallet work from any address", "该钱包的 API 密钥可在任意地址使用"),
            ("list the addresses that use them", "设置 IP 白名单"),
        ),
        DoorCode::WalletNoAlerts => (
            ("The provider's own alerts are off", "服务商的安全提醒未开启"),
            ("turn them on at the provider", "在服务商处开启"),
        ),
        DoorCode::WalletUnknown => (
            ("Something about the wallet is not known", "该钱包有未记录的安全项"),
            ("look it up and write it down: purser security wallet --set", "查看并记录：purser security wallet --set"),
        ),
        DoorCode::DeviceLost => (
            ("A device is lost and what was on it still works", "设备遗失，其中的凭证仍然有效"),
            ("replace the credentials named under it", "更换其下列出的凭证"),
        ),
        DoorCode::DeviceReviewDue => (
            ("Nobody has looked at the device for a quarter", "该设备已超过一季度未检查"),
            ("look at it: purser security device change", "检查：purser security device change"),
        ),
        DoorCode::DeviceNotUpdated => (
            ("The device was not updated for a quarter, or nobody knows", "该设备超过一季度未更新，或情况不明"),
            ("update its system and apps", "更新系统与应用"),
        ),
        DoorCode::DeviceUnencrypted => (
            ("The device's storage is not encrypted", "该设备的存储未加密"),
            ("turn on its disk encryption", "启用磁盘加密"),
        ),
        DoorCode::CredentialCompromised => (
            ("Somebody else may know a credential", "凭证可能已泄露"),
            (
                "replace it now: purser rotate credential --revoke-first",
                "立即更换：purser rotate credential --revoke-first",
            ),
        ),
        DoorCode::CredentialExpired => (
            ("A credential has expired", "凭证已过期"),
            ("replace it: purser rotate credential", "更换：purser rotate credential"),
        ),
        DoorCode::CredentialExpires => (
            ("A credential expires soon", "凭证即将过期"),
            ("replace it in time: purser rotate credential", "及时更换：purser rotate credential"),
        ),
        DoorCode::CredentialOld => {
            (("A credential is old", "凭证已使用较久"), ("replace it: purser rotate", "更换：purser rotate"))
        }
        DoorCode::CredentialAgeUnknown => (
            ("Nobody wrote down how old a credential is", "凭证的创建时间未记录"),
            ("write it down, or replace it", "补记时间或更换"),
        ),
    }
}
